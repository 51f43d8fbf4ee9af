"""Captum's answer, with PyTorch as Keras's backend: another engine than ours computes everything."""

import os

os.environ["KERAS_BACKEND"] = "torch"

import warnings
from functools import partial

import torch
from captum.attr import IntegratedGradients, LayerActivation, LayerGradientXActivation, Occlusion, Saliency
from question import Question, Tasks, answer

BATCH = 16
"""Pictures that are computed at once, as ours are."""

MAX_MISS = 0.01


def tasks_of(question: Question) -> Tasks:
    """Give what Captum can be compared in."""
    model, picture, noisy = question.linear_model(), torch.tensor(question.picture), torch.tensor(question.noisy)
    layers = {name: model.get_layer(name) for name in question.layers}
    tasks: Tasks = {"forward": partial(forward, model, picture)}
    whole = question.model()
    for layer in whole.layers[1:]:
        tasks[f"activation/{layer.name}"] = partial(activation, whole, layer, picture)
    for name, (sign, output) in question.classes.items():
        logit = partial(class_logit, model, sign, output)
        for layer_name, layer in layers.items():
            tasks[f"hires_cam/{name}/{layer_name}"] = partial(hires_cam, model, layer, picture, sign, output)
        tasks[f"saliency/{name}"] = partial(saliency, logit, picture)
        tasks[f"smooth_grad/{name}"] = partial(smooth_grad, logit, noisy)
        tasks[f"integrated_gradients/{name}"] = partial(integrated_gradients, logit, picture, question.steps)
        tasks[f"occlusion/{name}"] = partial(occlusion, logit, picture, question)
    return tasks


def class_logit(model: torch.nn.Module, sign: int, output: int, batch: torch.Tensor) -> torch.Tensor:
    return sign * model(batch)[:, output]


def forward(model: torch.nn.Module, batch: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return model(batch)


def activation(model: torch.nn.Module, layer: torch.nn.Module, picture: torch.Tensor) -> torch.Tensor:
    return LayerActivation(model, layer).attribute(picture)[0].detach()


def hires_cam(model: torch.nn.Module, layer: torch.nn.Module, picture: torch.Tensor, sign: int, output: int):
    return sign * LayerGradientXActivation(model, layer).attribute(picture, target=output)[0].sum(dim=-1).detach()


def saliency(logit, picture: torch.Tensor) -> torch.Tensor:
    return Saliency(logit).attribute(picture)[0].amax(dim=-1)


def smooth_grad(logit, noisy: torch.Tensor) -> torch.Tensor:
    """Average Captum's gradients over our noisy copies: its own NoiseTunnel would draw others."""
    return Saliency(logit).attribute(noisy, abs=False).mean(dim=0).abs().amax(dim=-1)


def integrated_gradients(logit, picture: torch.Tensor, numbers: list[int]) -> torch.Tensor:
    """Take the first number of steps whose values miss the difference from black by 1% at most, or the last."""
    whole, black = forward(logit, torch.cat([picture, torch.zeros_like(picture)]))
    for number in numbers:
        values = IntegratedGradients(logit).attribute(
            picture, n_steps=number, method="riemann_middle", internal_batch_size=BATCH
        )
        if abs(values.sum() - (whole - black)) <= MAX_MISS * abs(whole - black):
            break
    return values[0].sum(dim=-1).detach()


def occlusion(logit, picture: torch.Tensor, question: Question) -> torch.Tensor:
    """Average at each pixel the losses of all squares that cover it; alike in all colours."""
    patch, stride, num_colors = question.patch, question.stride, picture.shape[-1]
    return Occlusion(logit).attribute(
        picture, (patch, patch, num_colors), (stride, stride, num_colors), question.gray, perturbations_per_eval=BATCH
    )[0, ..., 0]


if __name__ == "__main__":
    warnings.filterwarnings("ignore", message="Input Tensor 0 did not already require gradients")
    answer(tasks_of)
