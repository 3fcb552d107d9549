"""What a recorded program would have taken under other rules: without the GIL, above all."""

from gilscope.predict.prediction import Prediction, Row, Scenario, Withheld, predict

__all__ = ["Prediction", "Row", "Scenario", "Withheld", "predict"]
