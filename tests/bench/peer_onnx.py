"""ONNX Runtime in fp32 with the same weights, as a driver: commands of encoder.c.

    peer_onnx.py MODEL IDS THREADS GRAPH

The graph is written by hand from the 4-bit file's weights made fp32, in the form that the runtime's
own optimiser makes of a BERT: fused Attention, SkipLayerNormalization and BiasGelu (the exact, erf
one). IDS has the token ids of a text a line: the runtime has no tokenizer, so it is not charged for
one. Texts of a batch are sorted by length and run some at a time, as many as is fastest (tried once
at the start); intra-op threads, sequential execution, all graph optimisations.
"""

import json
import struct
import sys
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper


def read_model(path):
    """The header's numbers and the tensors, fp32, of an e5-small-q4 file (index/e5_model.h)."""
    raw = path.read_bytes()
    assert raw[:4] == b"E5S1"
    hidden, layers, heads, ff, vocab, positions, types = struct.unpack_from("<7i", raw, 8)
    epsilon = struct.unpack_from("<f", raw, 36)[0]
    at = 44
    pieces, _, _, _, _, blob = struct.unpack_from("<5iQ", raw, at)
    at += 28 + 4 * (pieces + 1) + 4 * pieces + blob
    _, mapped_bytes = struct.unpack_from("<iI", raw, at)
    at += 8 + mapped_bytes
    count = struct.unpack_from("<i", raw, at)[0]
    at += 4
    entries = []
    for _ in range(count):
        length = struct.unpack_from("<H", raw, at)[0]
        name = raw[at + 2:at + 2 + length].decode()
        at += 2 + length
        entries.append((name, *struct.unpack_from("<BIQQ", raw, at)))
        at += 21
    tensors = {}
    for name, kind, elements, offset, size in entries:
        data = np.frombuffer(raw, np.uint8, size, offset)
        if kind == 0:
            tensors[name] = data.view("<f4").copy()
            continue
        blocks = data.reshape(-1, 18)
        scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
        half = blocks[:, 2:]
        tensors[name] = ((np.hstack([half & 15, half >> 4]).astype(np.float32) - 8) * scale).reshape(-1)
        assert tensors[name].size == elements
    return (hidden, layers, heads, ff, vocab, positions, epsilon), tensors


def write_graph(model, path):
    (h, layers, heads, ff, vocab, positions, epsilon), t = read_model(model)
    nodes, weights = [], []

    def constant(name, value):
        weights.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(op, inputs, output, domain="", **attributes):
        nodes.append(helper.make_node(op, inputs, [output], domain=domain, **attributes))
        return output

    def matrix(name, out, inner):  # stored out x in
        return t[name].reshape(out, inner).T

    constant("word", t["emb.word"].reshape(vocab, h))
    constant("position", t["emb.pos"].reshape(-1, h)[:positions] + t["emb.type"].reshape(-1, h)[0])
    add("Gather", ["word", "ids"], "w")
    add("Gather", ["position", "at"], "p")
    add("Add", ["w", "p"], "sum")
    x = add("LayerNormalization", ["sum", constant("n", t["emb.ln.w"]), constant("nb", t["emb.ln.b"])], "x0",
            axis=-1, epsilon=epsilon)
    for i in range(layers):
        def name(s):
            return f"l{i}.{s}"
        qkv = np.hstack([matrix(name(f"{c}.w"), h, h) for c in "qkv"])
        bias = np.concatenate([t[name(f"{c}.b")] for c in "qkv"])
        add("Attention", [x, constant(name("W"), qkv), constant(name("B"), bias), "mask"], name("a"),
            "com.microsoft", num_heads=heads)
        add("MatMul", [name("a"), constant(name("O"), matrix(name("ao.w"), h, h))], name("o"))
        x = add("SkipLayerNormalization", [name("o"), x, constant(name("g1"), t[name("aln.w")]),
                constant(name("b1"), t[name("aln.b")]), constant(name("ob"), t[name("ao.b")])], name("x1"),
                "com.microsoft", epsilon=epsilon)
        add("MatMul", [x, constant(name("U"), matrix(name("fi.w"), ff, h))], name("u"))
        add("BiasGelu", [name("u"), constant(name("ub"), t[name("fi.b")])], name("m"), "com.microsoft")
        add("MatMul", [name("m"), constant(name("D"), matrix(name("fo.w"), h, ff))], name("d"))
        x = add("SkipLayerNormalization", [name("d"), x, constant(name("g2"), t[name("oln.w")]),
                constant(name("b2"), t[name("oln.b")]), constant(name("db"), t[name("fo.b")])], name("x2"),
                "com.microsoft", epsilon=epsilon)
    inputs = [helper.make_tensor_value_info("ids", TensorProto.INT64, ["n", "len"]),
              helper.make_tensor_value_info("at", TensorProto.INT64, ["len"]),
              helper.make_tensor_value_info("mask", TensorProto.INT32, ["n", "len"])]
    graph = helper.make_graph(nodes, "e5", inputs, [helper.make_tensor_value_info(x, TensorProto.FLOAT, ["n", "len", h])],
                              weights)
    onnx.save(helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17),
                                                                  helper.make_opsetid("com.microsoft", 1)]), str(path))


class Encoder:
    def __init__(self, path, threads):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.together = 8

    def run(self, texts):
        """Unit vectors of texts of similar length."""
        longest = max(map(len, texts))
        ids, mask = np.ones((len(texts), longest), np.int64), np.zeros((len(texts), longest), np.int32)
        for i, text in enumerate(texts):
            ids[i, :len(text)], mask[i, :len(text)] = text, 1
        states = self.session.run(None, {"ids": ids, "at": np.arange(longest), "mask": mask})[0]
        v = (states * mask[:, :, None]).sum(axis=1)
        return v / np.linalg.norm(v, axis=1)[:, None]

    def batch(self, texts):
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        out = np.empty((len(texts), 384), np.float32)
        for at in range(0, len(order), self.together):
            part = order[at:at + self.together]
            out[part] = self.run([texts[i] for i in part])
        return out


def main():
    model, ids, threads, path = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), Path(sys.argv[4])
    if not path.exists():
        write_graph(model, path)
    encoder = Encoder(path, threads)
    texts = [np.array(line.split(), np.int64) for line in open(ids)]
    speed = {}
    for encoder.together in (1, 4, 8, 16, 32):
        encoder.batch(texts[:32])
        start = time.perf_counter()
        encoder.batch(texts[:32])
        speed[time.perf_counter() - start] = encoder.together
    encoder.together = speed[min(speed)]
    print(json.dumps({"ready": True, "version": onnxruntime.__version__,
                      "settings": f"fp32, fused graph, {encoder.together} texts at a time"}), flush=True)
    for line in sys.stdin:
        mode, first, count, out = line.split()
        chosen = [texts[(int(first) + i) % len(texts)] for i in range(int(count))]
        each = []
        start = time.perf_counter()
        if mode == "batch":
            vectors = encoder.batch(chosen)
        else:
            vectors = []
            for text in chosen:
                begin = time.perf_counter()
                vectors.append(encoder.run([text])[0])
                each.append(time.perf_counter() - begin)
        seconds = time.perf_counter() - start
        if out != "-":
            np.array(vectors, np.float32).tofile(out)
        print(json.dumps({"seconds": seconds, "each": each}), flush=True)


main()
