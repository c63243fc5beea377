# What a run holds, as JSON texts.

"The run's id; empty where captures are disabled or the run is skipped."
run_id(run::Run) = run.handle == C_NULL ? "" : taken(out -> LibMetalab.metalab_capture_run_id(run.handle, out))

# Without a run there is nothing.
state(call, run::Run, empty) = run.handle == C_NULL ? empty : taken(out -> call(run.handle, out))

"The run's plain metrics, a JSON object. Like all of its state it may be asked for after the run's end."
metrics_json(run::Run) = state(LibMetalab.metalab_capture_metrics_json, run, "{}")
"The run's artifacts, a JSON array of their descriptors; waits until they are hashed."
artifacts_json(run::Run) = state(LibMetalab.metalab_capture_artifacts_json, run, "[]")
"The run's structured data, a JSON array."
results_json(run::Run) = state(LibMetalab.metalab_capture_results_json, run, "[]")
"The whole run: its record as it would be now, with its data and the state of its series."
summary_json(run::Run) = state(LibMetalab.metalab_capture_summary_json, run, "{}")
"What went wrong behind the caller's back, a JSON object."
health_json(run::Run) = state(LibMetalab.metalab_capture_health_json, run, "{}")
