"""River's half-space trees on features that are given: python half_space_trees.py FILE WARM TREES.

FILE holds a JSON list of numbers a line. The first WARM lines are not timed. Prints microseconds of processor an event.
"""

import json
import sys
import time

from river import anomaly, preprocessing

path, warm, trees = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with open(path, encoding="utf-8") as lines:
    events = [dict(enumerate(json.loads(line))) for line in lines]
scaler = preprocessing.MinMaxScaler()
model = anomaly.HalfSpaceTrees(n_trees=trees, seed=1)


def take(event):
    scaler.learn_one(event)
    scaled = scaler.transform_one(event)
    score = model.score_one(scaled)
    model.learn_one(scaled)
    return score


for event in events[:warm]:
    take(event)
start = time.process_time()
for event in events[warm:]:
    take(event)
used = time.process_time() - start
print(json.dumps({"microseconds": 1e6 * used / (len(events) - warm)}))
