"""Xplique's answer, with TensorFlow as Keras's backend."""

from functools import partial

import numpy as np
import tensorflow as tf
from question import Question, Tasks, answer
from xplique.attributions import GradCAM, Occlusion, Saliency


def tasks_of(question: Question) -> Tasks:
    """Give what Xplique can be compared in."""
    model, picture = question.linear_model(), question.picture
    compiled = tf.function(model, input_signature=[tf.TensorSpec((None, *picture.shape[1:]), tf.float32)])
    tasks: Tasks = {"forward": partial(compiled, picture)}
    for name, (sign, output) in question.classes.items():
        target = np.zeros((1, model.output_shape[-1]), np.float32)
        target[0, output] = sign
        for layer in question.layers:
            tasks[f"grad_cam/{name}/{layer}"] = partial(grad_cam, GradCAM(model, conv_layer=layer), picture, target)
        tasks[f"saliency/{name}"] = partial(explain, Saliency(model), picture, target)
        squares = Occlusion(
            model, patch_size=question.patch, patch_stride=question.stride, occlusion_value=question.gray
        )
        tasks[f"occlusion/{name}"] = partial(explain, squares, picture, target)
    return tasks


def grad_cam(method: GradCAM, picture: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Do what its explain does before it resizes the map."""
    activation, gradient = method._gradient(tf.constant(picture), tf.constant(target))
    return method._apply_weights(method._compute_weights(gradient, activation), activation)[0].numpy()


def explain(method: Saliency | Occlusion, picture: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Give a map; of Occlusion it is at each pixel the sum of the losses of all squares that cover it."""
    return method.explain(picture, target)[0, ..., 0].numpy()


if __name__ == "__main__":
    answer(tasks_of)
