"""ONNX files as they ship: large weights stored as float16, made float32 again by a Cast each, which ONNX Runtime folds when it
loads the file; so everything is computed in float32, from rounded weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

LEAST = 256  # entries of a tensor that is worth a Cast


def write(model: nn.Module, example: torch.Tensor, path: Path, inputs: str, outputs: list[str]) -> None:
    """Writes a network with a free batch size; its rounded weights."""
    torch.onnx.export(model, (example,), str(path), input_names=[inputs], output_names=outputs, opset_version=17,
                      dynamic_axes={name: {0: 'batch'} for name in (inputs, *outputs)}, dynamo=False)
    halve(path)


def halve(path: Path) -> None:
    proto = onnx.load(str(path))
    graph, casts = proto.graph, []
    for tensor in graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < LEAST:
            continue
        values = numpy_helper.to_array(tensor)
        if np.abs(values).max() > 65504:
            raise SystemExit(f'{path}: {tensor.name} does not fit float16')
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), name + '.half'))
        casts.append(helper.make_node('Cast', [name + '.half'], [name], name=name + '.cast', to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(proto)
    part = path.with_name(path.name + '.part')
    onnx.save(proto, str(part))
    part.replace(path)


class Shipped:
    """A written file, called like the network it was written from: accuracy is measured with what ships."""

    def __init__(self, path: Path):
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = ort.InferenceSession(str(path), options, ['CPUExecutionProvider'])
        self.input = self.session.get_inputs()[0].name

    def eval(self) -> 'Shipped':
        return self

    def __call__(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(torch.from_numpy(y) for y in self.session.run(None, {self.input: x.numpy()}))
