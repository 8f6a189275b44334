/* text.h - text to terms: the one analysis that indexing, querying and explaining share.
 *
 * NFKC folds width and compatibility forms and case (utf8proc, Unicode TR15, TR21). Runs of Han
 * become single characters and overlapping pairs; runs of Latin letters become words
 * stemmed by Snowball English (libstemmer); runs of digits with their decimal point are one term.
 * English function words are left out. Dictionary segmentation gave no gain over pairs on the
 * city's kind of texts (design §4), while characters beside the pairs did
 * (tests/relevance/README.md).
 *
 * Spans are code points [begin, end) of the text as given, not of its folded form, so that a
 * highlight always reproduces what people wrote. */
#ifndef HN_INDEX_TEXT_H
#define HN_INDEX_TEXT_H

#include "base/arena.h"

struct token {
    const char *term; /* normalised bytes, in the caller's arena; not terminated */
    uint32_t len;
    uint32_t begin, end; /* code points in the original text */
};

struct span {
    uint32_t begin, end; /* code points */
};

/* Holds a stemmer; belongs to one thread at a time (sb_stemmer is not thread-safe). */
struct analyzer *analyzer_new(void) __attribute__((returns_nonnull));
void analyzer_free(struct analyzer *a);

/* Tokens of text in order of begin, into arena. Any bytes are accepted: invalid UTF-8 separates. */
size_t analyzer_tokens(struct analyzer *a, const char *text, size_t len, struct arena *arena,
                       struct token **tokens);

/* Is the term a pair of ideographs, each of which is a term of its own as well? */
bool term_is_pair(const char *term, size_t len);
/* Is it one ideograph? People read words: what is shown to them is made of pairs. */
bool term_is_ideograph(const char *term, size_t len);

/* Distinct terms of a text with their counts: what a query or a document is to the index. */
struct bag_term {
    const char *term;
    uint32_t len;
    uint32_t count;
};
struct bag {
    struct bag_term *terms; /* bytewise order */
    size_t n;
    uint32_t length; /* sum of counts, pairs left out */
};
/* The bag of one text (NULL or "": an empty bag), in arena. */
struct bag analyzer_bag(struct analyzer *a, const char *text, struct arena *arena);

/* Splits text into sentences at 。！？；!?; and line breaks (a full stop only
 * before a space and not behind a digit), each
 * trimmed and not empty, in order; spans in code points, in arena. Sentences over 160 code points
 * are cut further at commas, so that a quotation stays readable. */
size_t text_sentences(const char *text, size_t len, struct arena *arena, struct span **spans);

/* A copy of code points [span.begin, span.end) of text. */
char *text_slice(const char *text, size_t len, struct span span, struct arena *arena);

/* The share of letters in text that are Han, in [0,1]; 0 for a text without letters. */
double text_han_share(const char *text, size_t len);
/* Chinese when a tenth of its letters is Han. */
enum lang text_language(const char *text);

#endif
