// peer_xapian.cc - Xapian as a driver (bench.h has the protocol).
//
//   peer_xapian DB TOKENS N QUERIES TOP
//
// TOKENS has a document a line, its terms with spaces between. The database is made if it is not
// there: glass, flushed every 100,000 documents (fewer merges than every 10,000), then compacted;
// weights BM25 as Xapian has it. `run FIRST COUNT OUT` as in
// lexical.c.

#include <xapian.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <sys/stat.h>
#include <vector>

static double now()
{
    using namespace std::chrono;
    return duration<double>(steady_clock::now().time_since_epoch()).count();
}

static void build(const std::string &path, const char *tokens, size_t n)
{
    std::filesystem::remove_all(path + ".compact");
    Xapian::WritableDatabase db(path + ".new", Xapian::DB_CREATE_OR_OVERWRITE | Xapian::DB_NO_SYNC);
    std::ifstream in(tokens);
    std::string line;
    for (size_t i = 0; i < n && std::getline(in, line); i++) {
        Xapian::Document doc;
        std::istringstream words(line);
        for (std::string w; words >> w;)
            if (w.size() <= 240) doc.add_term(w);
        db.add_document(doc);
    }
    db.commit();
    db.compact(path + ".compact");
    db.close();
    std::filesystem::rename(path + ".compact", path); /* complete, or not there */
    std::filesystem::remove_all(path + ".new");
}

int main(int argc, char **argv)
try {
    if (argc != 6) return 2;
    setenv("XAPIAN_FLUSH_THRESHOLD", "100000", 0);
    size_t n = std::stoul(argv[3]), top = std::stoul(argv[5]);
    double start = now();
    struct stat st;
    if (stat(argv[1], &st) != 0) build(argv[1], argv[2], n);
    double built = now() - start;
    Xapian::Database db(argv[1]);
    std::vector<Xapian::Query> queries;
    std::ifstream in(argv[4]);
    for (std::string line; std::getline(in, line);) {
        std::istringstream words(line);
        std::vector<std::string> terms;
        for (std::string w; words >> w;) terms.push_back(w);
        queries.emplace_back(Xapian::Query::OP_OR, terms.begin(), terms.end());
    }
    std::printf("{\"ready\": true, \"version\": \"%s\", \"build_s\": %.3f, \"settings\": \"glass, "
                "compacted, BM25Weight as it comes\"}\n",
                Xapian::version_string(), built);
    std::fflush(stdout);
    for (std::string command; std::getline(std::cin, command);) {
        std::istringstream words(command);
        std::string mode, out;
        size_t first, count;
        if (!(words >> mode >> first >> count >> out)) return 2;
        std::vector<uint32_t> ids(count * top, UINT32_MAX);
        std::vector<double> each;
        double seconds = 0;
        for (size_t i = 0; i < count; i++) {
            double begin = now();
            Xapian::Enquire enquire(db);
            enquire.set_query(queries[(first + i) % queries.size()]);
            size_t at = i * top;
            Xapian::MSet found = enquire.get_mset(0, static_cast<Xapian::doccount>(top));
            for (auto m = found.begin(); m != found.end(); ++m) ids[at++] = *m - 1;
            each.push_back(now() - begin);
            seconds += each.back();
        }
        std::printf("{\"seconds\": %.9f, \"each\": [", seconds);
        for (size_t i = 0; i < count; i++) std::printf("%s%.9f", i ? ", " : "", each[i]);
        std::printf("]}\n");
        std::fflush(stdout);
        if (out != "-") {
            std::ofstream f(out, std::ios::binary);
            f.write(reinterpret_cast<const char *>(ids.data()),
                    static_cast<std::streamsize>(ids.size() * sizeof ids[0]));
        }
    }
    return 0;
} catch (const Xapian::Error &e) {
    std::fprintf(stderr, "%s\n", e.get_description().c_str());
    return 1;
}
