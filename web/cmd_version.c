#include "base/base.h"

#include "web/commands.h"

#include <stdio.h>

int cmd_version(const struct cli *cli, int argc, char **argv)
{
    struct err err = {0};
    if (cli_parse(NULL, 0, argc, argv, NULL, &err)) return cli_fail(cli, &err);
    printf("hongniang %s\n", HONGNIANG_VERSION);
    return cli_flush(&err) ? cli_fail(cli, &err) : EXIT_DONE;
}
