/* main.c - the command table and the way from argv to a command. */
#include "base/base.h"

#include "web/cli.h"
#include "web/commands.h"
#include "web/messages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct command commands[] = {
    {"import", {MSG_ABOUT_IMPORT}, {MSG_HELP_IMPORT}, cmd_import},
    {"export", {MSG_ABOUT_EXPORT}, {MSG_HELP_EXPORT}, cmd_export},
    {"match", {MSG_ABOUT_MATCH}, {MSG_HELP_MATCH}, cmd_match},
    {"coverage", {MSG_ABOUT_COVERAGE}, {MSG_HELP_COVERAGE}, cmd_coverage},
    {"rank", {MSG_ABOUT_RANK}, {MSG_HELP_RANK}, cmd_rank},
    {"embed", {MSG_ABOUT_EMBED}, {MSG_HELP_EMBED}, cmd_embed},
    {"learn", {MSG_ABOUT_LEARN}, {MSG_HELP_LEARN}, cmd_learn},
    {"replay", {MSG_ABOUT_REPLAY}, {MSG_HELP_REPLAY}, cmd_replay},
    {"propose", {MSG_ABOUT_PROPOSE}, {MSG_HELP_PROPOSE}, cmd_propose},
    {"serve", {MSG_ABOUT_SERVE}, {MSG_HELP_SERVE}, cmd_serve},
    {"version", {MSG_ABOUT_VERSION}, {MSG_HELP_VERSION}, cmd_version},
};

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        if (strcmp(commands[i].name, name) == 0) return &commands[i];
    return NULL;
}

static const char *in(enum lang lang, struct message m)
{
    return lang == LANG_EN ? m.en : m.zh;
}

static void print_usage(FILE *to, enum lang lang)
{
    fprintf(to, "%s\n", in(lang, (struct message){MSG_USAGE}));
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        fprintf(to, "  %-9s %s\n", commands[i].name, in(lang, commands[i].summary));
    fprintf(to, "%s\n", in(lang, (struct message){MSG_USAGE_END}));
}

/* Chinese unless the environment asks for another language. */
static enum lang lang_of_environment(void)
{
    static const char *const variables[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < ARRAY_LEN(variables); i++) {
        const char *value = getenv(variables[i]);
        if (!value || !*value) continue;
        return strncmp(value, "en", 2) == 0 ? LANG_EN : LANG_ZH;
    }
    return LANG_ZH;
}

/* Takes --lang and --help out of argv, wherever they stand before a "--". */
static int take_common(int *argc, char **argv, struct cli *cli, bool *help, struct err *err)
{
    int kept = 0;
    bool over = false;
    const char *lang = NULL;
    for (int i = 0; i < *argc; i++) {
        over = over || strcmp(argv[i], "--") == 0;
        if (!over && strncmp(argv[i], "--lang=", 7) == 0) {
            lang = argv[i] + 7;
        } else if (!over && strcmp(argv[i], "--lang") == 0) {
            if (i + 1 == *argc) return err_set(err, ERR_USAGE, MSG_USAGE_VALUE, "lang");
            lang = argv[++i];
        } else if (!over && (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)) {
            *help = true;
        } else {
            argv[kept++] = argv[i];
        }
    }
    *argc = kept;
    if (!lang) return 0;
    if (strcmp(lang, "zh") != 0 && strcmp(lang, "en") != 0)
        return err_set(err, ERR_USAGE, MSG_USAGE_LANG, lang);
    cli->lang = strcmp(lang, "en") == 0 ? LANG_EN : LANG_ZH;
    return 0;
}

int main(int argc, char **argv)
{
    struct cli cli = {.lang = lang_of_environment(), .program = argc > 0 ? argv[0] : ""};
    struct err err = {0};
    bool help = false;
    int rest = argc - 1;
    if (argc < 1) return EXIT_USAGE;
    if (take_common(&rest, argv + 1, &cli, &help, &err)) return cli_fail(&cli, &err);
    if (rest == 0) {
        print_usage(help ? stdout : stderr, cli.lang);
        return help ? EXIT_DONE : EXIT_USAGE;
    }
    const struct command *command = find_command(argv[1]);
    if (!command) {
        err_set(&err, ERR_USAGE, MSG_USAGE_COMMAND, argv[1]);
        return cli_fail(&cli, &err);
    }
    if (help) {
        printf("%s", in(cli.lang, command->help));
        return EXIT_DONE;
    }
    return command->run(&cli, rest - 1, argv + 2);
}
