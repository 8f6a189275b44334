/* probe.c - how soon a server answers while it is busy: asks for /healthz a hundred times a second,
 * over a new connection each time, as a monitor does.
 *
 *   probe PORT
 *
 * Each line of stdin is answered with how often it asked since the last, and the median, the 99th
 * percentile and the greatest of the milliseconds from the connection to the last byte. In C, as a
 * script needs a processor for milliseconds and waits for its turn longer than for the server. */
#include "base/base.h"

#include "tests/bench/bench.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

enum { MOST = 1 << 20, PAUSE_MS = 10 };

static void ask(const struct sockaddr_in *address)
{
    static const char request[] =
        "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    char answer[4096];
    size_t have = 0;
    ssize_t got;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)address, sizeof *address) ||
        write(fd, request, sizeof request - 1) != sizeof request - 1)
        die("no connection: %s", strerror(errno));
    while (have < sizeof answer && (got = read(fd, answer + have, sizeof answer - have)) > 0)
        have += (size_t)got;
    close(fd);
    if (have < 12 || memcmp(answer + 9, "200", 3) != 0) die("not answered with 200");
}

static int ascending(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

int main(int argc, char **argv)
{
    if (argc != 2) die("usage: probe PORT");
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)atoi(argv[1])),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct pollfd end = {.fd = STDIN_FILENO, .events = POLLIN};
    double *ms = mem_alloc(MOST, sizeof *ms);
    size_t n = 0;
    answer("{\"ready\": true}");
    for (;;) {
        if (poll(&end, 1, PAUSE_MS)) {
            if (!next_command()) break;
            if (!n) die("nothing was asked yet");
            qsort(ms, n, sizeof *ms, ascending);
            answer("{\"n\": %zu, \"p50\": %.3f, \"p99\": %.3f, \"max\": %.3f}", n, ms[n / 2],
                   ms[n * 99 / 100], ms[n - 1]);
            n = 0;
        }
        double start = now();
        ask(&address);
        if (n < MOST) ms[n++] = 1e3 * (now() - start);
    }
    free(ms);
    return 0;
}
