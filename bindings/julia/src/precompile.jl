# Methods that nearly every run calls are compiled with the package.
precompile(Run, (String,))
precompile(finish!, (Run,))
precompile(drop, (Run,))
precompile(series, (Run, String))
for type in (Float64, Int64, Bool, String)
    precompile(metric!, (Run, String, type))
    precompile(Tuple{Series,Int64,type})
    precompile(json, (type,))
end
for type in (Vector{Float64}, Matrix{Float64})
    precompile(artifact!, (Run, String, type))
    precompile(data!, (Run, String, type))
end
precompile(runs, (Store,))
precompile(getindex, (Store, String))
precompile(getindex, (StoredRun, String))
precompile(series, (StoredRun, String))
