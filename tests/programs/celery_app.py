"""A worker of Celery whose broker is a folder, and whoever gives it something to do.

`celery -A celery_app worker` works; `celery_app.py N` sends N tasks, and tells what they answered.
"""

import os
import sys

import _truth
import celery
import family

FOLDER = os.environ["FAMILY"]
MAIL = {f"data_folder_{way}": f"{FOLDER}/mail" for way in ("in", "out")}

app = celery.Celery("celery_app", broker="filesystem://", backend=f"file://{FOLDER}/answers")
app.conf.broker_transport_options = {
    **MAIL,
    "control_folder": f"{FOLDER}/control",
    "polling_interval": 0.05,
}
app.conf.worker_enable_remote_control = False  # that is not for brokers of this kind
app.conf.worker_prefetch_multiplier = 1
for folder in ("mail", "answers", "control"):
    os.makedirs(f"{FOLDER}/{folder}", exist_ok=True)


@app.task(name="square")
def square(number):
    family.contend()
    return number**2


if __name__ == "__main__":
    asked = [square.delay(number) for number in range(int(sys.argv[1]))]
    _truth.tell(squares=[each.get(timeout=60, interval=0.05) for each in asked])
