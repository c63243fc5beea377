# The contents of a run, as JSON texts.

"The run's id, also of one that was skipped; empty where captures are disabled."
function run_id(run::Run)
    run.skipped && return run.earlier === nothing ? "" : run.earlier.id
    return state(LibMetalab.metalab_capture_run_id, run, "")
end

# Without a run there is nothing.
function state(call, run::Run, empty)
    handle = handle_of(run)
    return handle == C_NULL ? empty : taken(out -> call(handle, out))
end

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
