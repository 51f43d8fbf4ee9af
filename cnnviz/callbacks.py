"""Callbacks for anybody's `fit`. Keras is imported with this module, and not with `cnnviz` itself.

model.fit(x, y, callbacks=[cnnviz.callbacks.Watch(x_val, labels=y_val)])
"""

from cnnviz.recording.watch import Watch

__all__ = ["Watch"]
