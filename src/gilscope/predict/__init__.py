"""What a recorded program would have taken under other rules: without the GIL, above all."""

from gilscope.predict.helps import Change, Help
from gilscope.predict.prediction import Prediction, RecordedRun, Row, Scenario, Withheld, predict

__all__ = ["Change", "Help", "Prediction", "RecordedRun", "Row", "Scenario", "Withheld", "predict"]
