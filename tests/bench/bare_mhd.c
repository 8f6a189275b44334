/* bare_mhd.c - the least that libmicrohttpd can do: one fixed answer, as the product's server is
 * set up (epoll, two threads that send).
 *
 *   bare_mhd PORT BODY
 *
 * Answers every request on the loopback with the contents of BODY until stdin ends. */
#include "base/base.h"

#include "tests/bench/bench.h"

#include <arpa/inet.h>
#include <microhttpd.h>

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **state)
{
    static int begun;
    (void)url, (void)method, (void)version, (void)upload, (void)upload_size;
    /* An answer given before the request was read to its end would close the connection. */
    if (!*state) {
        *state = &begun;
        return MHD_YES;
    }
    return MHD_queue_response(connection, MHD_HTTP_OK, cls);
}

int main(int argc, char **argv)
{
    if (argc != 3) die("usage: bare_mhd PORT BODY");
    FILE *f = fopen(argv[2], "rb");
    if (!f) die("%s: %s", argv[2], strerror(errno));
    char *body = mem_alloc(1 << 20, 1);
    size_t n = fread(body, 1, 1 << 20, f);
    fclose(f);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(n, body, MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(response, "Content-Type", "application/json");
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)atoi(argv[1])),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct MHD_Daemon *d = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, on_request, response, MHD_OPTION_SOCK_ADDR,
        (struct sockaddr *)&address, MHD_OPTION_THREAD_POOL_SIZE, 2u, MHD_OPTION_END);
    if (!d) die("port %s cannot be listened on", argv[1]);
    answer("{\"ready\": true, \"version\": \"libmicrohttpd %s\", \"bytes\": %zu}",
           MHD_get_version(), n);
    while (next_command()) continue;
    MHD_stop_daemon(d);
    MHD_destroy_response(response);
    free(body);
    return 0;
}
