#!/usr/bin/env python3
"""What TensorBoard and MLflow read of what `mu export` wrote.

    pip install tensorboard mlflow
    read_runs.py --bytes                 the record that tests/parity/fixtures/event.hex holds
    read_runs.py --tensorboard FOLDER    every scalar of every run, as tensorboard's own reader has it
    read_runs.py --mlflow ADDRESS        every run's parameters and last metrics, as mlflow's client has them
"""
import pathlib
import sys

if sys.argv[1] == "--bytes":
    import io

    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.record_writer import RecordWriter

    value = Summary.Value(tag="metrics/ua", simple_value=0.25)
    event = Event(wall_time=1.5, step=300, summary=Summary(value=[value]))
    out = io.BytesIO()
    RecordWriter(out).write(event.SerializeToString())
    print(out.getvalue().hex())
elif sys.argv[1] == "--tensorboard":
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    for folder in sorted({p.parent for p in pathlib.Path(sys.argv[2]).rglob("events.*")}):
        events = EventAccumulator(str(folder))
        events.Reload()
        for tag in sorted(events.Tags()["scalars"]):
            print(folder.name, tag, [(e.step, round(e.value, 4)) for e in events.Scalars(tag)])
else:
    from mlflow.tracking import MlflowClient

    client = MlflowClient(sys.argv[2])
    for experiment in client.search_experiments():
        for run in client.search_runs([experiment.experiment_id]):
            numbers = {k: round(v, 4) for k, v in sorted(run.data.metrics.items())}
            print(experiment.name, run.info.status, dict(sorted(run.data.params.items())), numbers)
