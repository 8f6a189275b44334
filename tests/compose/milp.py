"""The same problem for HiGHS.

Seat variables x[i,t,k] in [0, 1], membership y[i] binary. `sum over k of x[i,t,k] <= y[i]` says at once
that a member sits once on a subtopic and that only members sit; it implies the disaggregated
x[i,t,k] <= y[i] with fewer rows and at least as tight a relaxation. Seats are worth 1, 0.3 and 0.1 of the
score. With members given, what is left is a transportation problem, whose solutions are whole by
themselves, so x need not be binary: that is the easier model for a MILP solver.
"""

import time

import highspy
import numpy as np

SEATS = (1.0, 0.3, 0.1)


class Rows:
    def __init__(self):
        self.lower, self.upper, self.start, self.index, self.value = [], [], [], [], []

    def add(self, lower, upper, index, value):
        self.start.append(len(self.index))
        self.index.extend(index)
        self.value.extend(value)
        self.lower.append(lower)
        self.upper.append(upper)


def build(problem):
    score, weight = problem["score"].astype(np.float64), problem["weight"]
    n, subtopics = score.shape
    able = problem["load"] > 0
    who, where = np.nonzero((score > 0) & able[:, None])
    pairs = len(who)
    worth = np.concatenate([-problem["cost"],
                            (np.outer(weight[where] * score[who, where], SEATS)).ravel()])

    def seat(pair, k):
        return n + len(SEATS) * pair + k

    rows = Rows()
    for t in range(subtopics):
        here = np.flatnonzero(where == t)
        for k in range(len(SEATS)):
            rows.add(-np.inf, 1, [seat(p, k) for p in here], [1] * len(here))
    of = [[] for _ in range(n)]
    for p in range(pairs):
        rows.add(-np.inf, 0, [seat(p, k) for k in range(len(SEATS))] + [int(who[p])], [1, 1, 1, -1])
        of[who[p]].append(p)
    for i in range(n):
        load = int(problem["load"][i])
        if len(of[i]) > load:
            index = [seat(p, k) for p in of[i] for k in range(len(SEATS))]
            rows.add(-np.inf, 0, index + [i], [1] * len(index) + [-load])
    rows.add(-np.inf, problem["most"], list(range(n)), [1] * n)
    for classes, least in problem["demands"]:
        index = np.flatnonzero(problem["classes"] & classes).tolist()
        rows.add(least, np.inf, index, [1] * len(index))
    for group in np.unique(problem["group"][problem["group"] > 0]):
        index = np.flatnonzero(problem["group"] == group).tolist()
        rows.add(-np.inf, 1, index, [1] * len(index))
    for a, b in problem["conflicts"]:
        rows.add(-np.inf, 1, [a, b], [1, 1])
    for members, most in problem["avoids"]:
        rows.add(-np.inf, most, list(members), [1] * len(members))

    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(worth), len(rows.lower)
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = worth
    lp.col_lower_ = np.concatenate([problem["locked"].astype(float), np.zeros(len(worth) - n)])
    lp.col_upper_ = np.ones(len(worth))
    lp.row_lower_, lp.row_upper_ = np.array(rows.lower, float), np.array(rows.upper, float)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.array(rows.start + [len(rows.index)], np.int32)
    lp.a_matrix_.index_ = np.array(rows.index, np.int32)
    lp.a_matrix_.value_ = np.array(rows.value, float)
    lp.integrality_ = ([highspy.HighsVarType.kInteger] * n +
                       [highspy.HighsVarType.kContinuous] * (len(worth) - n))
    return lp


def solve(problem, limit):
    """Seconds to solve (the model is built before the clock starts), and what came of it."""
    h = highspy.Highs()
    for option, value in (("output_flag", False), ("threads", 1), ("presolve", "on"),
                          ("time_limit", float(limit)), ("mip_rel_gap", 0.0), ("mip_abs_gap", 1e-9),
                          ("mip_feasibility_tolerance", 1e-9), ("primal_feasibility_tolerance", 1e-9),
                          ("dual_feasibility_tolerance", 1e-9)):
        h.setOptionValue(option, value)
    h.passModel(build(problem))
    start, cpu = time.perf_counter(), time.process_time()
    h.run()
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    status, info = h.getModelStatus(), h.getInfo()
    feasible = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    y = np.array(h.getSolution().col_value[:len(problem["cost"])]) if feasible else np.zeros(0)
    return {"seconds": seconds, "cpu": cpu,
            "optimal": status == highspy.HighsModelStatus.kOptimal,
            "infeasible": status == highspy.HighsModelStatus.kInfeasible,
            "objective": info.objective_function_value if feasible else None,
            "bound": info.mip_dual_bound, "nodes": info.mip_node_count,
            "members": np.flatnonzero(y > 0.5).tolist()}
