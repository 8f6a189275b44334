#!/usr/bin/env python3
"""Measure the quality of `hongniang rank` from outside, with standard tools.

For each task the program ranks a corpus that it has never seen, writes a TREC run, and
ir_measures (trec_eval) judges that run; the program never judges itself. Two measures that
trec_eval does not have are computed here: the area under the ROC curve and the reviewer loss.
Standard errors are bootstraps over queries (1000 resamples, fixed seed).

    measure.py --bin build/hongniang --data ../shared/data --out build/relevance.json
               [--only ccf_bdci,csl] [--quick] [--cache build/relevance-cache]

`--quick` takes a fixed, small subset of two tasks (chosen by a hash of the ids), for `make test`;
its figures are higher than those of the whole sets, because the pools are smaller: they are only
comparable with each other. The data is evaluation data and is never copied into the project.
"""

import argparse
import hashlib
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time

import ir_measures
import numpy as np
from ir_measures import R, Success, nDCG

BOOTSTRAPS = 1000


# ---------------------------------------------------------------- files

def read_jsonl(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f if line.strip()]


def write_jsonl(path, records):
    with open(path, "w", encoding="utf-8") as f:
        for r in records:
            f.write(json.dumps(r, ensure_ascii=False) + "\n")


def read_qrels(path):
    """{query: {document: grade}}; the first line is a header."""
    qrels = {}
    with open(path, encoding="utf-8") as f:
        next(f)
        for line in f:
            q, d, grade = line.rstrip("\n").split("\t")[:3]
            qrels.setdefault(q, {})[d] = float(grade)
    return qrels


def write_qrels(path, qrels):
    with open(path, "w", encoding="utf-8") as f:
        f.write("query-id\tcorpus-id\tscore\n")
        for q, docs in qrels.items():
            for d, grade in docs.items():
                f.write(f"{q}\t{d}\t{grade:g}\n")


def read_run(text):
    """{query: {document: score}} from a TREC run."""
    run = {}
    for line in text.splitlines():
        q, _, d, _, score, _ = line.split()
        run.setdefault(q, {})[d] = float(score)
    return run


def read_levels(path):
    """{query: (level, expected chance hits or None)}."""
    levels = {}
    if not os.path.exists(path):
        return levels
    with open(path, encoding="utf-8") as f:
        for line in f:
            fields = line.split()
            if len(fields) >= 2 and fields[0] != "query-id":
                levels[fields[0]] = (fields[1], float(fields[2]) if len(fields) > 2 else None)
    return levels


# ---------------------------------------------------------------- statistics

def bootstrap(values):
    """Mean, its bootstrap standard error, and the count, over queries."""
    v = np.asarray([x for x in values if x is not None and not math.isnan(x)], float)
    if not len(v):
        return {"value": None, "se": None, "n": 0}
    rng = np.random.default_rng(20190101)
    means = v[rng.integers(0, len(v), (BOOTSTRAPS, len(v)))].mean(axis=1)
    return {"value": round(float(v.mean()), 4), "se": round(float(means.std()), 4), "n": len(v)}


def with_interval(values):
    """As bootstrap(), with the 95 % interval."""
    result = bootstrap(values)
    v = np.asarray(values, float)
    rng = np.random.default_rng(20190101)
    means = v[rng.integers(0, len(v), (BOOTSTRAPS, len(v)))].mean(axis=1)
    result["interval"] = [round(float(x), 4) for x in np.percentile(means, [2.5, 97.5])]
    return result


def bootstrap_statistic(groups, statistic):
    """As bootstrap(), for a statistic of the concatenated groups (a group = a query's pairs)."""
    groups = [np.asarray(g, float).reshape(-1, 2) for g in groups]
    rng = np.random.default_rng(20190101)
    samples = []
    for _ in range(BOOTSTRAPS // 4):
        pick = rng.integers(0, len(groups), len(groups))
        samples.append(statistic(np.concatenate([groups[i] for i in pick])))
    samples = [s for s in samples if not math.isnan(s)]
    value = statistic(np.concatenate(groups))
    return {"value": round(float(value), 4), "se": round(float(np.std(samples)), 4),
            "n": len(groups)}


def auc(pairs):
    """Area under the ROC curve of rows (score, 0 or 1); equal scores count half."""
    positive = np.sort(pairs[pairs[:, 1] > 0, 0])
    negative = np.sort(pairs[pairs[:, 1] <= 0, 0])
    if not len(positive) or not len(negative):
        return math.nan
    below = np.searchsorted(negative, positive, "left")
    upto = np.searchsorted(negative, positive, "right")
    return float(((below + upto) / 2).sum() / (len(positive) * len(negative)))


def judged(measure, qrels, run):
    """One standard measure, per query in the order of the qrels; queries without a run get 0."""
    flat = [ir_measures.Qrel(q, d, int(g)) for q, ds in qrels.items() for d, g in ds.items()]
    scored = [ir_measures.ScoredDoc(q, d, s) for q, ds in run.items() for d, s in ds.items()]
    per_query = {m.query_id: m.value for m in ir_measures.iter_calc([measure], flat, scored)}
    return [per_query.get(q, 0.0) for q in qrels]


def graded_ndcg(cutoff, qrels, run):
    """nDCG with the gain 2^(level-1)-1, given to trec_eval as the relevance itself. A query of which
    nothing has a gain is left out: its nDCG is undefined (trec_eval calls it 0)."""
    gains = {q: {d: 2 ** max(0, int(g) - 1) - 1 for d, g in ds.items()} for q, ds in qrels.items()}
    gains = {q: ds for q, ds in gains.items() if any(ds.values())}
    return judged(nDCG @ cutoff, gains, run)


# ---------------------------------------------------------------- running the program

class Program:
    def __init__(self, binary, cache, scratch, verbose):
        self.binary, self.cache, self.scratch, self.verbose = binary, cache, scratch, verbose
        self.seconds = 0.0

    def rank(self, queries, corpus, orgs=None, qrels=None, levels=None, top=None, given=None,
             history=None):
        command = [self.binary, "rank", "--queries", queries, "--corpus", corpus,
                   "--cache", self.cache]
        for flag, value in (("--orgs", orgs), ("--judged", qrels), ("--levels", levels),
                            ("--top", top), ("--given", given), ("--history", history)):
            if value is not None:
                command += [flag, str(value)]
        start = time.monotonic()
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              encoding="utf-8")
        self.seconds += time.monotonic() - start
        if self.verbose and done.stderr:
            sys.stderr.write(done.stderr)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr}")
        return read_run(done.stdout)

    def temporary(self, name):
        return os.path.join(self.scratch, name)


def subset(ids, count):
    """A fixed choice that depends on nothing but the ids."""
    return set(sorted(ids, key=lambda i: hashlib.sha256(i.encode()).hexdigest())[:count])


# ---------------------------------------------------------------- tasks

def ccf_bdci(program, data, quick):
    """Need → achievement, graded 1-4, each need's judged list put in order."""
    path = os.path.join(data, "ccf_bdci")
    queries, corpus = f"{path}/queries.jsonl", f"{path}/corpus.jsonl"
    qrels_file, qrels = f"{path}/qrels.tsv", read_qrels(f"{path}/qrels.tsv")
    if quick:
        keep = subset(qrels, 40)
        qrels = {q: ds for q, ds in qrels.items() if q in keep}
        documents = {d for ds in qrels.values() for d in ds}
        records = [r for r in read_jsonl(queries) if r["id"] in keep]
        queries = program.temporary("ccf_queries.jsonl")
        write_jsonl(queries, records)
        records = [r for r in read_jsonl(corpus) if r["id"] in documents]
        corpus = program.temporary("ccf_corpus.jsonl")
        write_jsonl(corpus, records)
        qrels_file = program.temporary("ccf_qrels.tsv")
        write_qrels(qrels_file, qrels)
    run = program.rank(queries, corpus, qrels=qrels_file)
    missing = sum(d not in run.get(q, {}) for q, ds in qrels.items() for d in ds)
    pairs = [[(run[q][d], g >= 3) for d, g in ds.items() if d in run.get(q, {})]
             for q, ds in qrels.items()]
    by_need = [auc(np.asarray(p, float)) for p in pairs if p]
    return {"nDCG@10": bootstrap(graded_ndcg(10, qrels, run)),
            "AUC level>=3": bootstrap_statistic([p for p in pairs if p], auc),
            "AUC level>=3, by need": bootstrap(by_need),
            "pairs missing": {"value": missing, "se": 0, "n": len(qrels)}}


def ccf_bdci_levels(program, data):
    """Needs that have an achievement of grade 4, over the whole corpus: called good or better."""
    path = os.path.join(data, "ccf_bdci")
    qrels = read_qrels(f"{path}/qrels.tsv")
    levels_file = program.temporary("ccf_levels.tsv")
    program.rank(f"{path}/queries.jsonl", f"{path}/corpus.jsonl", levels=levels_file, top=10)
    levels = read_levels(levels_file)
    answered = [q for q, ds in qrels.items() if max(ds.values()) >= 4]
    return {"grade-4 needs called good or strong":
            bootstrap([levels.get(q, ("none",))[0] in ("good", "strong") for q in answered])}


def known_item(program, queries, corpus, qrels_file):
    qrels = read_qrels(qrels_file)
    run = program.rank(queries, corpus, top=10)
    return {"hit@1": bootstrap(judged(Success @ 1, qrels, run)),
            "nDCG@10": bootstrap(judged(nDCG @ 10, qrels, run))}


def csl(program, data, quick):
    """Keywords that do not occur in the abstract → abstract."""
    path = os.path.join(data, "csl")
    queries, corpus = f"{path}/queries_kw_absent.jsonl", f"{path}/corpus.jsonl"
    qrels_file = f"{path}/qrels_kw_absent.tsv"
    if quick:
        qrels = read_qrels(qrels_file)
        keep = subset(qrels, 60)
        qrels = {q: ds for q, ds in qrels.items() if q in keep}
        documents = {d for ds in qrels.values() for d in ds}
        records = read_jsonl(corpus)
        documents |= subset([r["id"] for r in records if r["id"] not in documents], 60)
        corpus = program.temporary("csl_corpus.jsonl")
        write_jsonl(corpus, [r for r in records if r["id"] in documents])
        records = [r for r in read_jsonl(queries) if r["id"] in keep]
        queries = program.temporary("csl_queries.jsonl")
        write_jsonl(queries, records)
        qrels_file = program.temporary("csl_qrels.tsv")
        write_qrels(qrels_file, qrels)
    return known_item(program, queries, corpus, qrels_file)


def chinaxiv_en_zh(program, data):
    """English title → Chinese abstract, among all 4,899."""
    path = os.path.join(data, "chinaxiv")
    return known_item(program, f"{path}/queries_en_title.jsonl", f"{path}/corpus_zh.jsonl",
                      f"{path}/qrels_en_title_to_zh.tsv")


def chinaxiv_zh_en(program, data):
    """Chinese title → English abstract, among 784."""
    path = os.path.join(data, "chinaxiv")
    return known_item(program, f"{path}/queries_zh_title.jsonl", f"{path}/corpus_en.jsonl",
                      f"{path}/qrels_zh_title_to_en.tsv")


def who(program, queries, corpus, orgs, qrels_file):
    qrels = read_qrels(qrels_file)
    run = program.rank(queries, corpus, orgs=orgs, top=20)
    records = {r["id"]: len(r.get("patents") or r.get("papers") or r.get("docs") or [])
               for r in read_jsonl(orgs)}
    recall = judged(R @ 10, qrels, run)
    newcomers = [v for v, ds in zip(recall, qrels.values()) if all(records[o] <= 2 for o in ds)]
    return {"recall@10": bootstrap(recall),
            "recall@10 of newcomers (one or two records)": bootstrap(newcomers),
            "hit@1": bootstrap(judged(Success @ 1, qrels, run))}


def patents_who(program, data):
    """A held-out patent → its assignee, known by its other patents."""
    path = os.path.join(data, "patents_cn")
    return who(program, f"{path}/queries_who.jsonl", f"{path}/patents.jsonl",
               f"{path}/orgs.jsonl", f"{path}/qrels_who.tsv")


def chinaxiv_who(program, data):
    """A held-out paper → its authors' organisations, known by their other papers."""
    path = os.path.join(data, "chinaxiv")
    corpus = program.temporary("chinaxiv_docs.jsonl")
    write_jsonl(corpus, [{"id": r["id"], "title": r["title_zh"], "text": r["abstract_zh"]}
                         for r in read_jsonl(f"{path}/docs.jsonl")])
    return who(program, f"{path}/queries_who.jsonl", corpus, f"{path}/orgs.jsonl",
               f"{path}/qrels_who.tsv")


# ---------------------------------------------------------------- partners

def expected_recall(cutoff, qrels, run):
    """Recall of an order with many ties (counts): its mean over all orders of what is tied."""
    values = []
    for query, wanted in qrels.items():
        found, room = 0.0, cutoff
        scores = run.get(query, {})
        for score in sorted(set(scores.values()), reverse=True):
            tied = [o for o, s in scores.items() if s == score]
            share = min(1, room / len(tied))
            found += share * sum(o in wanted for o in tied)
            room -= min(room, len(tied))
        values.append(found / len(wanted))
    return values


def by_group(values, qrels, groups):
    """The mean over the queries of each group: those of one paper are no separate cases."""
    sums = {}
    for query, value in zip(qrels, values):
        sums.setdefault(groups[query], []).append(value)
    return {g: sum(v) / len(v) for g, v in sums.items()}


def compare_partners(qrels, runs, groups, newcomers):
    """Recall@10 of each run and what "partners" gains over the others; of the newcomers among those
    that are wanted, too."""
    result = {}
    some = {q: {o: 1 for o in wanted if o in newcomers(q)} for q, wanted in qrels.items()}
    some = {q: wanted for q, wanted in some.items() if wanted}
    for slice_, truth in (("", qrels), (" of newcomers", some)):
        if not truth:
            continue
        recall = {name: by_group(expected_recall(10, truth, run) if name == "popularity" else
                                 judged(R @ 10, truth, run), truth, groups)
                  for name, run in runs.items()}
        for name, values in recall.items():
            result[f"recall@10{slice_}, {name}"] = with_interval(list(values.values()))
        for name in recall:
            if name != "partners":
                result[f"gain{slice_} over {name}"] = with_interval(
                    [recall["partners"][g] - recall[name][g] for g in recall[name]])
    return result


def chinaxiv_partners(program, data):
    """A paper's text and one of its organisations → the others. Papers are split in halves by a hash
    of their id: what those of the other half, and papers of a single organisation, tell is known;
    the papers of the half that asks are in no profile and no history."""
    path = os.path.join(data, "chinaxiv")
    orgs, docs = read_jsonl(f"{path}/orgs.jsonl"), read_jsonl(f"{path}/docs.jsonl")
    ids = {o["name"]: o["id"] for o in orgs}
    papers = {}
    for r in read_jsonl(f"{path}/consortia.jsonl"):
        members = [ids[name] for name in dict.fromkeys(r["orgs"]) if name in ids]
        if len(members) >= 2:
            papers[r["id"]] = (r, members)
    qrels, groups, small = {}, {}, {}
    runs = {"text": {}, "popularity": {}, "partners": {}}
    for half in (0, 1):
        asks = {i for i in papers if hashlib.sha256(i.encode()).digest()[0] % 2 == half}
        known = {o["id"]: [p for p in o["papers"] if p not in papers] for o in orgs}
        for i, (_, members) in papers.items():
            for m in members if i not in asks else []:
                known[m].append(i)
        names = [program.temporary(f"partners_{n}{half}") for n in ("c", "o", "p", "q", "g")]
        corpus, orgs_file, papers_file, queries, given = names
        write_jsonl(corpus, [{"id": r["id"], "title": r["title_zh"], "text": r["abstract_zh"]}
                             for r in docs if r["id"] not in asks])
        write_jsonl(orgs_file, [{"id": o["id"], "name": o["name"], "papers": known[o["id"]]}
                                for o in orgs])
        texts = {i: {"title": papers[i][0]["title"], "text": papers[i][0]["abstract"]}
                 for i in asks}
        pairs = [(f"{i}:{m}", i, m) for i in sorted(asks) for m in papers[i][1]]
        write_jsonl(papers_file, [{"id": i, **text} for i, text in sorted(texts.items())])
        write_jsonl(queries, [{"id": q, **texts[i]} for q, i, _ in pairs])
        with open(given, "w", encoding="utf-8") as f:
            f.writelines(f"{q}\t{m}\n" for q, _, m in pairs)
        by_text = program.rank(papers_file, corpus, orgs=orgs_file, top=len(orgs))
        runs["partners"] |= program.rank(queries, corpus, orgs=orgs_file, given=given, top=20)
        joint = {}
        for i, (_, members) in papers.items():
            for m in members if i not in asks else []:
                joint[m] = joint.get(m, 0) + 1
        few = {o for o, p in known.items() if 1 <= len(p) <= 2}
        for q, i, m in pairs:
            qrels[q] = {o: 1 for o in papers[i][1] if o != m}
            groups[q], small[q] = i, few
            runs["text"][q] = {o: s for o, s in by_text[i].items() if o != m}
            runs["popularity"][q] = {o: n for o, n in joint.items() if o != m}
    return compare_partners(qrels, runs, groups, small.get)


def keyrd_partners(program, data):
    """A project's title and one of its members → the others, known by the other projects alone:
    their parts are what an organisation can do, their members the history. Half of the institutions
    occur in a single project and cannot be found: the ceiling."""
    path = os.path.join(data, "keyrd_consortia")
    projects, orgs = read_jsonl(f"{path}/projects.jsonl"), read_jsonl(f"{path}/orgs.jsonl")
    ids = {o["name"]: o["id"] for o in orgs}
    members = {p["id"]: list(dict.fromkeys(ids[n] for n in [p["lead"]] +
                                           [part["org"] for part in p["parts"]]))
               for p in projects}
    qrels, groups, few = {}, {}, {}
    runs = {"text": {}, "popularity": {}, "partners": {}}
    ceiling = {}
    for project in projects:
        others = [p for p in projects if p is not project]
        parts = {part["id"]: part for p in others for part in p["parts"]}
        known = {o["id"]: [i for i in o["part_ids"] if i in parts] for o in orgs}
        names = [program.temporary(f"keyrd_{n}") for n in ("c", "o", "p", "q", "g", "h")]
        corpus, orgs_file, title, queries, given, history = names
        write_jsonl(corpus, [{"id": i, "title": part["title"]} for i, part in parts.items()])
        write_jsonl(orgs_file, [{"id": o["id"], "name": o["name"], "docs": known[o["id"]]}
                                for o in orgs])
        write_jsonl(history, [{"id": p["id"], "title": p["title"], "orgs": members[p["id"]]}
                              for p in others])
        pairs = [(f"{project['id']}:{m}", m) for m in members[project["id"]]]
        write_jsonl(title, [{"id": project["id"], "title": project["title"]}])
        write_jsonl(queries, [{"id": q, "title": project["title"]} for q, _ in pairs])
        with open(given, "w", encoding="utf-8") as f:
            f.writelines(f"{q}\t{m}\n" for q, m in pairs)
        by_text = program.rank(title, corpus, orgs=orgs_file, top=100)[project["id"]]
        runs["partners"] |= program.rank(queries, corpus, orgs=orgs_file, given=given,
                                         history=history, top=20)
        seen = {}
        for p in others:
            for o in members[p["id"]]:
                seen[o] = seen.get(o, 0) + 1
        for q, m in pairs:
            qrels[q] = {o: 1 for o in members[project["id"]] if o != m}
            groups[q] = project["id"]
            few[q] = {o for o, n in seen.items() if n == 1}
            ceiling.setdefault(project["id"], []).append(
                sum(o in seen for o in qrels[q]) / len(qrels[q]))
            runs["text"][q] = {o: s for o, s in by_text.items() if o != m}
            runs["popularity"][q] = {o: n for o, n in seen.items() if o != m}
    result = compare_partners(qrels, runs, groups, few.get)
    result["ceiling"] = with_interval([sum(v) / len(v) for v in ceiling.values()])
    return result


def reviewer_loss(pairs):
    """Rows (score, rating) of one researcher → (loss, possible loss) over all pairs of papers."""
    loss = possible = 0.0
    for i in range(len(pairs)):
        for j in range(i):
            difference = pairs[i][1] - pairs[j][1]
            if difference == 0:
                continue
            possible += abs(difference)
            order = (pairs[i][0] - pairs[j][0]) * difference
            loss += abs(difference) * (0.5 if order == 0 else 1.0 if order < 0 else 0.0)
    return loss, possible


def goldstandard(program, data):
    """A paper asks "who can review this"; each researcher's own ratings order the papers, so scores
    of different queries are compared with each other."""
    path = os.path.join(data, "goldstandard_reviewer")
    ratings = read_qrels(f"{path}/expertise.tsv")
    experts, papers = f"{path}/experts.jsonl", f"{path}/papers_judged.jsonl"
    flipped = {}
    for expert, rated in ratings.items():
        for paper, rating in rated.items():
            flipped.setdefault(paper, {})[expert] = rating
    qrels_file = program.temporary("reviewer_qrels.tsv")
    write_qrels(qrels_file, flipped)
    profiles = {p["id"]: p for e in read_jsonl(experts) for p in e["profile_papers"]}
    corpus = program.temporary("reviewer_corpus.jsonl")
    write_jsonl(corpus, profiles.values())
    run = program.rank(papers, corpus, orgs=experts, qrels=qrels_file)
    parts = [reviewer_loss([(run.get(p, {}).get(e, 0.0), r) for p, r in rated.items()])
             for e, rated in ratings.items()]
    total = np.asarray(parts, float)
    rng = np.random.default_rng(20190101)
    pick = total[rng.integers(0, len(total), (BOOTSTRAPS, len(total)))].sum(axis=1)
    return {"loss": {"value": round(float(total[:, 0].sum() / total[:, 1].sum()), 4),
                     "se": round(float((pick[:, 0] / pick[:, 1]).std()), 4), "n": len(parts)}}


def need_patent_levels(program, data):
    """Real needs against patents: the order of the graded ones, and whether the program knows which
    needs have a good answer at all (graded 2 or 3)."""
    path = os.path.join(data, "need_patent_levels")
    qrels = read_qrels(f"{path}/qrels.tsv")
    with open(f"{path}/levels.tsv", encoding="utf-8") as f:
        truth = dict(line.split()[:2] for line in list(f)[1:])
    queries = program.temporary("need_queries.jsonl")
    write_jsonl(queries, [{"id": r["id"], "title": r["title"], "text": r["text"]}
                          for r in read_jsonl(f"{data}/needs/needs_shared.jsonl")
                          if r["id"] in truth])
    corpus = f"{data}/patents_cn/patents.jsonl"
    levels_file = program.temporary("need_levels.tsv")
    on_lists = program.rank(queries, corpus, qrels=f"{path}/qrels.tsv")
    run = program.rank(queries, corpus, levels=levels_file, top=10)
    levels = read_levels(levels_file)
    order = {"none": 0, "weak": 1, "good": 2, "strong": 3}
    good = {q: t in ("good", "strong") for q, t in truth.items()}
    best = {q: max(run.get(q, {"": -1e9}).values()) for q in truth}
    gains = {q: {d: 2 ** int(g) - 1 for d, g in ds.items()} for q, ds in qrels.items()}
    gains = {q: ds for q, ds in gains.items() if any(ds.values())}
    result = {"nDCG@5": bootstrap(judged(nDCG @ 5, gains, on_lists)),
              "AUC of the best score": bootstrap_statistic(
                  [[(best[q], good[q])] for q in truth], auc)}
    if levels:
        result["AUC of the level"] = bootstrap_statistic(
            [[(order[levels[q][0]], good[q])] for q in truth if q in levels], auc)
        if all(levels[q][1] is not None for q in truth if q in levels):
            result["AUC of expected chance hits"] = bootstrap_statistic(
                [[(-levels[q][1], good[q])] for q in truth if q in levels], auc)
        called = [q for q in levels if q in truth and levels[q][0] in ("good", "strong")]
        result["called good or strong, have none"] = bootstrap([not good[q] for q in called])
        result["have one, called good or strong"] = bootstrap(
            [levels.get(q, ("none",))[0] in ("good", "strong") for q in truth if good[q]])
    return result


def no_match(program, data):
    """Titles of humanities, law and history posed as needs against patents: none or weak."""
    fields = {"哲学", "法学", "历史学", "文学", "艺术学"}
    records = [r for r in read_jsonl(f"{data}/csl/docs_full.jsonl") if r.get("category") in fields]
    queries = program.temporary("humanities.jsonl")
    write_jsonl(queries, [{"id": r["id"], "title": r["title"]} for r in records])
    levels_file = program.temporary("humanities_levels.tsv")
    program.rank(queries, f"{data}/patents_cn/patents.jsonl", levels=levels_file, top=10)
    levels = read_levels(levels_file)
    return {"level none or weak": bootstrap(
        [levels[r["id"]][0] in ("none", "weak") for r in records if r["id"] in levels])}


def bigrams(text):
    return {text[i:i + 2] for i in range(len(text) - 1)}


def expected_by_chance(program, needs, capabilities):
    """{need: E of its best match}, by the product itself: import, then match --all."""
    data = tempfile.mkdtemp(dir=program.scratch)
    for name in os.listdir(program.cache):
        shutil.copy(os.path.join(program.cache, name), data)

    def run(*arguments):
        done = subprocess.run([program.binary, *arguments], capture_output=True, encoding="utf-8",
                              check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(arguments)}: exit {done.returncode}\n{done.stderr}")
        return done.stdout

    for kind, records in (("needs", needs), ("capabilities", capabilities)):
        path = program.temporary(f"{kind}.jsonl")
        write_jsonl(path, records)
        run("import", "--data", data, "--kind", kind, path)
    answers = json.loads(run("match", "--data", data, "--all", "--top", "1", "--format", "json"))
    shutil.rmtree(data)
    best = {a["need"]["id"]: (a["matches"] + a["nearest"])[:1] for a in answers}
    return {q: m[0]["expected_by_chance"] if m else math.inf for q, m in best.items()}


def present_removed(program, data):
    """A title as a need, its abstract among the capabilities or taken out (with what repeats it):
    does the program know the difference? AUC of E of the best match."""
    path = os.path.join(data, "chinaxiv")
    corpus = read_jsonl(f"{path}/corpus_zh.jsonl")
    answers = {next(iter(ds)) for ds in read_qrels(f"{path}/qrels_en_title_to_zh.tsv").values()}
    known = [bigrams(r["text"]) for r in corpus if r["id"] in answers]

    def repeats(text):
        mine = bigrams(text)
        return any(len(mine & a) > 0.5 * len(mine | a) for a in known)

    pools = [corpus, [r for r in corpus if r["id"] not in answers and not repeats(r["text"])]]
    capabilities = [[{"id": r["id"], "title": r["text"]} for r in pool] for pool in pools]
    result = {}
    for name, file in (("zh title", "queries_zh_title"), ("en title", "queries_en_title")):
        needs = [{"id": r["id"], "title": r["text"]} for r in read_jsonl(f"{path}/{file}.jsonl")]
        present, removed = (expected_by_chance(program, needs, c) for c in capabilities)
        result[f"AUC of E, {name}"] = bootstrap_statistic(
            [[(-present[n["id"]], 1), (-removed[n["id"]], 0)] for n in needs], auc)
    return result


def growth(program, data):
    """Real needs against random parts of the patents and the papers: levels must not rise because
    the pool does. The larger pools hold the smaller ones."""
    needs = [{"id": r["id"], "title": r["title"], "text": r["text"]}
             for r in read_jsonl(f"{data}/needs/needs_shared.jsonl")]
    pool = [{"id": r["id"], "title": r["title"], "text": r["abstract"]}
            for r in read_jsonl(f"{data}/patents_cn/patents.jsonl")]
    pool.sort(key=lambda r: hashlib.sha256(r["id"].encode()).hexdigest())
    result = {}
    for size in (250, 500, 1000, len(pool)):
        levels_file = program.temporary("growth_levels.tsv")
        queries, corpus = program.temporary("growth_q.jsonl"), program.temporary("growth_c.jsonl")
        write_jsonl(queries, needs)
        write_jsonl(corpus, pool[:size])
        program.rank(queries, corpus, levels=levels_file, top=10)
        levels = read_levels(levels_file)
        result[f"good or strong of {size}"] = bootstrap(
            [levels[n["id"]][0] in ("good", "strong") for n in needs if n["id"] in levels])
    return result


TASKS = {
    "ccf_bdci": ccf_bdci,
    "ccf_bdci_levels": ccf_bdci_levels,
    "csl_kw_absent": csl,
    "chinaxiv_en_zh": chinaxiv_en_zh,
    "chinaxiv_zh_en": chinaxiv_zh_en,
    "patents_who": patents_who,
    "chinaxiv_who": chinaxiv_who,
    "goldstandard_reviewer": goldstandard,
    "need_patent_levels": need_patent_levels,
    "no_match": no_match,
    "present_removed": present_removed,
    "growth": growth,
    "chinaxiv_partners": chinaxiv_partners,
    "keyrd_partners": keyrd_partners,
}
QUICK = ("ccf_bdci", "csl_kw_absent")


def measure(binary, data, cache, only=None, quick=False, verbose=False, done=None):
    """{task: {measure: {value, se, n}}}; raises RuntimeError if the program fails. After each task
    done(results so far) is called: the first run embeds for an hour, and what is known is kept."""
    results = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name, task in TASKS.items():
            if (only and name not in only) or (quick and name not in QUICK):
                continue
            program = Program(binary, cache, scratch, verbose)
            results[name] = task(program, data, quick) if name in QUICK else task(program, data)
            results[name]["seconds"] = {"value": round(program.seconds, 1), "se": 0, "n": 1}
            if done:
                done(results)
    return results


def table(results, header=True):
    lines = [f"{'task':24} {'measure':44} {'value':>8} {'se':>7} {'n':>5}"] if header else []
    for task, measures in results.items():
        for name, m in measures.items():
            value = "-" if m["value"] is None else f"{m['value']:.3f}"
            se = "-" if m["se"] is None else f"{m['se']:.3f}"
            lines.append(f"{task:24} {name:44} {value:>8} {se:>7} {m['n']:>5}")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default="build/hongniang")
    parser.add_argument("--data", default="../shared/data")
    parser.add_argument("--out", default="build/relevance.json")
    parser.add_argument("--cache", default="build/relevance-cache")
    parser.add_argument("--only", help="tasks, comma-separated: " + ",".join(TASKS))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--verbose", action="store_true", help="pass the program's messages on")
    options = parser.parse_args()
    if not os.path.isdir(options.data):
        print(f"no evaluation data at {options.data}", file=sys.stderr)
        return 1
    only = options.only.split(",") if options.only else None
    unknown = [t for t in only or [] if t not in TASKS]
    if unknown:
        parser.error("no such task: " + ", ".join(unknown))
    os.makedirs(options.cache, exist_ok=True)
    os.makedirs(os.path.dirname(options.out) or ".", exist_ok=True)

    def keep(results):
        with open(options.out, "w", encoding="utf-8") as f:
            json.dump({"quick": options.quick, "tasks": results}, f, indent=1, ensure_ascii=False)
            f.write("\n")
        latest = list(results)[-1]
        print(table({latest: results[latest]}, header=len(results) == 1), flush=True)

    try:
        measure(options.bin, options.data, options.cache, only, options.quick, options.verbose,
                keep)
    except (RuntimeError, OSError) as e:
        print(e, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
