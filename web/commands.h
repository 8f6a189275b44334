/* commands.h - one function per command; each reads its own options and returns the exit code.
 * What a command takes and does is written for people in its help text (messages.h). */
#ifndef HN_WEB_COMMANDS_H
#define HN_WEB_COMMANDS_H

#include "web/cli.h"

int cmd_import(const struct cli *cli, int argc, char **argv);
int cmd_export(const struct cli *cli, int argc, char **argv);
int cmd_match(const struct cli *cli, int argc, char **argv);
int cmd_coverage(const struct cli *cli, int argc, char **argv);
int cmd_rank(const struct cli *cli, int argc, char **argv);
int cmd_embed(const struct cli *cli, int argc, char **argv);
int cmd_learn(const struct cli *cli, int argc, char **argv);
int cmd_replay(const struct cli *cli, int argc, char **argv);
int cmd_propose(const struct cli *cli, int argc, char **argv);
int cmd_serve(const struct cli *cli, int argc, char **argv);
int cmd_version(const struct cli *cli, int argc, char **argv);

#endif
