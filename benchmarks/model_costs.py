"""What the backbones cost: the table of docs/image-classification.md, measured.

Parameters, MACs per picture, memory of a training step with AdamW, and the CPU time of one training step and
of one prediction, at the picture size each is meant for. No peer: these are facts about networks.

    python benchmarks/model_costs.py [--repetitions 5]
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from statistics import median

import torch
from torch.nn.functional import cross_entropy

from netloom.models.architecture import Architecture, ImageInput, LinearHead
from netloom.models.network import build_network
from netloom.models.profile import profile_network
from netloom.models.spec import (
    Backbone,
    ConvNet,
    DenseNet,
    MobileNetV2,
    Perceptron,
    ResNet,
    Transformers,
)

CASES: list[tuple[str, Backbone, int, int]] = [
    ("perceptron", Perceptron(), 32, 64),
    ("convnet", ConvNet(), 32, 64),
    ("resnet 20 (CIFAR)", ResNet(depth=20), 32, 64),
    ("resnet 18", ResNet(depth=18), 32, 64),
    ("transformers resnet micro", Transformers(family="resnet"), 32, 64),
    ("transformers vit micro", Transformers(family="vit"), 32, 64),
    ("mobilenet_v2", MobileNetV2(), 224, 8),
    ("resnet 18", ResNet(depth=18), 224, 8),
    ("resnet 50", ResNet(depth=50), 224, 8),
    ("densenet 121", DenseNet(), 224, 8),
    ("transformers convnextv2 atto", Transformers(family="convnextv2", size="atto"), 224, 8),
    ("transformers swin tiny", Transformers(family="swin", size="tiny"), 224, 8),
    ("transformers vit small", Transformers(family="vit", size="small"), 224, 8),
]
"""Name, backbone, side of the pictures, batch of the training step."""


def cpu_ms(work: Callable[[], object], repetitions: int) -> float:
    work()
    samples = []
    for _ in range(repetitions):
        start = time.process_time()
        work()
        samples.append((time.process_time() - start) * 1e3)
    return median(samples)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=5)
    repetitions = parser.parse_args().repetitions
    torch.set_num_threads(1)
    for name, backbone, side, batch in CASES:
        image = ImageInput(channels=3, height=side, width=side, mean=(0.5,) * 3, std=(0.5,) * 3)
        head = LinearHead(outputs=10)
        network = build_network(Architecture(input=image, backbone=backbone, head=head), seed=0)
        costs = profile_network(network, batch_size=batch)
        pictures = torch.randint(0, 256, (batch, 3, side, side), dtype=torch.uint8)
        labels = torch.arange(batch) % 10

        def step(
            network: torch.nn.Module = network,
            pictures: torch.Tensor = pictures,
            labels: torch.Tensor = labels,
        ) -> None:
            network.zero_grad()
            cross_entropy(network(pictures), labels).backward()

        training_ms = cpu_ms(step, repetitions)
        network.eval()
        with torch.inference_mode():
            latency_ms = cpu_ms(lambda n=network, p=pictures[:1]: n(p), repetitions)
        row = {
            "backbone": name,
            "side": side,
            "parameters": costs.parameters,
            "million_macs": round(costs.macs / 1e6, 1),
            "batch": batch,
            "training_mb": round(costs.training_bytes / 1e6),
            "training_ms_per_picture": round(training_ms / batch, 2),
            "latency_ms": round(latency_ms, 2),
        }
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
