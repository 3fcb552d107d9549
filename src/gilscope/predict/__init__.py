"""What a recorded program would have taken under other rules: without the GIL, above all."""

from gilscope.predict.condensing import OF_A_FILE, OF_A_REPORT, Size
from gilscope.predict.helps import Change, Help
from gilscope.predict.judging import (
    LEAST_GAIN,
    costs_no_time,
    goes_by_waits,
    is_about,
    is_hardly_held,
    is_up_to_others,
    judged,
    most_gain,
)
from gilscope.predict.kinds import Scenario, Withheld
from gilscope.predict.pooling import MEGABYTE, PickleCost, Pool, predict_pool
from gilscope.predict.prediction import Prediction, Row, predict
from gilscope.predict.price import Price
from gilscope.predict.recurring import Latency, LatencyRow, Recurring, predict_recurring
from gilscope.predict.run import RecordedRun

__all__ = [
    "LEAST_GAIN",
    "MEGABYTE",
    "OF_A_FILE",
    "OF_A_REPORT",
    "Change",
    "Help",
    "Latency",
    "LatencyRow",
    "PickleCost",
    "Pool",
    "Prediction",
    "Price",
    "RecordedRun",
    "Recurring",
    "Row",
    "Scenario",
    "Size",
    "Withheld",
    "costs_no_time",
    "goes_by_waits",
    "is_about",
    "is_hardly_held",
    "is_up_to_others",
    "judged",
    "most_gain",
    "predict",
    "predict_pool",
    "predict_recurring",
]
