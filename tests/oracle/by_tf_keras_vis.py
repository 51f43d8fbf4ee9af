"""The answer of tf-keras-vis, with TensorFlow as Keras's backend."""

from functools import partial

import numpy as np
import tensorflow as tf
from question import Question, Tasks, answer
from tf_keras_vis.gradcam import Gradcam
from tf_keras_vis.layercam import Layercam
from tf_keras_vis.saliency import Saliency
from tf_keras_vis.utils.scores import BinaryScore, CategoricalScore, Score

RAW = {"expand_cam": False, "normalize_cam": False, "seek_penultimate_conv_layer": False}
UNCHANGED = {"gradient_modifier": None, "activation_modifier": None}


def tasks_of(question: Question) -> Tasks:
    """Give what tf-keras-vis can be compared in."""
    model, picture = question.linear_model(), question.picture
    compiled = tf.function(model, input_signature=[tf.TensorSpec((None, *picture.shape[1:]), tf.float32)])
    tasks: Tasks = {"forward": partial(compiled, picture)}
    for name, (sign, output) in question.classes.items():
        score = BinaryScore(sign > 0) if model.output_shape[-1] == 1 else CategoricalScore(output)
        for layer in question.layers:
            for method, cam in (
                ("grad_cam", partial(Gradcam(model), **RAW)),
                ("layer_cam", partial(Layercam(model), **RAW)),
                ("hires_cam", partial(Layercam(model), **RAW, **UNCHANGED)),
            ):
                tasks[f"{method}/{name}/{layer}"] = partial(first, cam, score, picture, penultimate_layer=layer)
        tasks[f"saliency/{name}"] = partial(first, Saliency(model), score, picture, normalize_map=False)
        tasks[f"smooth_grad/{name}"] = partial(smooth_grad, Saliency(model), score, question.noisy)
    return tasks


def first(method, score: Score, picture: np.ndarray, **settings) -> np.ndarray:
    return np.asarray(method(score, picture, **settings))[0]


def smooth_grad(method: Saliency, score: Score, noisy: np.ndarray) -> np.ndarray:
    """Average its gradients over our noisy copies: its own smooth_samples averages their magnitudes."""
    gradients = method(score, noisy, keepdims=True, gradient_modifier=None, normalize_map=False)
    return np.abs(np.mean(gradients, axis=0)).max(axis=-1)


if __name__ == "__main__":
    answer(tasks_of)
