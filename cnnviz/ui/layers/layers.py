"""The tab that shows every layer, stage by stage; of a long network one stage at a time."""

from cnnviz.ui.component import scripted
from cnnviz.ui.layers.questions import LayersQuestions
from cnnviz.ui.layers.stages import describe_layers
from cnnviz.ui.view import View

LAYERS = View("layers/layers", describe_layers, scripted, LayersQuestions)
