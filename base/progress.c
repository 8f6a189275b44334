#include "base/base.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/messages.h"
#include "base/progress.h"

#include <stdio.h>
#include <unistd.h>

void progress_init(struct progress *p, enum lang lang, const char *label, size_t total)
{
    *p = (struct progress){.total = total, .lang = lang, .terminal = isatty(STDERR_FILENO)};
    snprintf(p->label, sizeof p->label, "%s", label);
    p->started = p->drawn = clock_seconds();
}

static void duration(char *buf, size_t size, double seconds)
{
    unsigned long s = (unsigned long)(seconds + 0.5);
    if (s >= 3600)
        snprintf(buf, size, "%luh%02lum", s / 3600, s / 60 % 60);
    else
        snprintf(buf, size, "%lum%02lus", s / 60, s % 60);
}

void progress_show(struct progress *p, size_t done)
{
    if (!p->terminal) return;
    double now = clock_seconds();
    if (now - p->started < 2.0 || now - p->drawn < 0.2 || !done) return;
    p->drawn = now;
    p->visible = true;
    double rate = (double)done / (now - p->started);
    if (!p->total) {
        fprintf(stderr, "\r\033[K%s %zu", p->label, done);
        return;
    }
    enum { WIDTH = 30 };
    char bar[WIDTH + 1], left[32], tail[96];
    for (int i = 0; i < WIDTH; i++) bar[i] = (size_t)i * p->total < done * WIDTH ? '#' : '-';
    bar[WIDTH] = '\0';
    duration(left, sizeof left, (double)(p->total - MIN(done, p->total)) / rate);
    msg_render(tail, sizeof tail, p->lang, MSG_PROGRESS_RATE, rate, left);
    fprintf(stderr, "\r\033[K%s [%s] %zu/%zu %s", p->label, bar, done, p->total, tail);
}

void progress_end(struct progress *p)
{
    if (p->visible) fprintf(stderr, "\r\033[K");
    p->visible = false;
}
