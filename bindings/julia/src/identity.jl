# Fingerprints, ids and seeds, the same in every language.

"The canonical form of a value's JSON, from which fingerprints are computed."
function canonical_json(value)
    text = json(value)
    return taken(out -> LibMetalab.metalab_canonical_json(text, sizeof(text), out))
end

"The fingerprint of a value: 16 hexadecimal digits."
function fingerprint(value)
    text = json(value)
    return taken(out -> LibMetalab.metalab_fingerprint(text, sizeof(text), out))
end

seeds(root, replicate) = json((root_seed=root, replicate_index=replicate))

"The id that a run with these options has unless it is given one."
run_id(experiment::AbstractString; context=nothing, params=nothing, seed=0, replicate=nothing, code_hash="") =
    taken(out -> LibMetalab.metalab_run_id(experiment, object(context), object(params), seeds(seed, replicate), code_hash, out))

"""
    Metalab.derive_seed(run, name)
    Metalab.derive_seed(root_seed, name; replicate=nothing)

A seed for a part of the code, derived from the run's seed or from one that is given; the Python package
derives the same.
"""
function derive_seed(run::Run, name::Name)
    out = Ref{UInt64}(0)
    check(run, LibMetalab.metalab_capture_derive_seed(handle_of(run), name, out))
    return out[]
end

function derive_seed(root::Integer, name::Name; replicate=nothing)
    out = Ref{UInt64}(0)
    check(LibMetalab.metalab_derive_seed(seeds(root, replicate), name, out))
    return out[]
end
