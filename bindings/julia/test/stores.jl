# The parts that the tests share: stores, what is in them, and other Julia processes.

"Calls `body` with the path of a store of its own."
in_store(body) = mktempdir(body)

"The one experiment's directory of a store."
function experiment(store)
    found = filter(name -> isdir(joinpath(store, name)) && !startswith(name, "."), readdir(store))
    @assert length(found) == 1 found
    return joinpath(store, found[1])
end

"The files in a folder of the experiment, of all runs."
function files_in(store, folder)
    found = String[]
    for (root, _, files) in walkdir(joinpath(experiment(store), folder))
        append!(found, joinpath.(root, files))
    end
    return found
end

"The one file with this name in a folder of the experiment."
function file_of(store, folder, name)
    found = filter(path -> basename(path) == name, files_in(store, folder))
    @assert length(found) == 1 (name, found)
    return found[1]
end

"A document of the store as Julia values."
document(store, folder, name) = parse_json(read(file_of(store, folder, name), String))

"What a reader gets as run.data(name), whole."
result(store, name) = document(store, "results", "$name.json")

"The record of the store's one run."
function record(store)
    found = files_in(store, "runs")
    @assert length(found) == 1 found
    return parse_json(read(found[1], String))
end

"The descriptor of an artifact of the store's one run."
function descriptor(store, name)
    found = filter(one -> one["name"] == name, record(store)["artifacts"])
    @assert length(found) == 1 (name, found)
    return found[1]
end

"The log of the store's one run."
logged(store) = read(only(filter(path -> endswith(path, "_run.log"), files_in(store, "logs"))), String)

const NPY = UInt8[0x93, 'N', 'U', 'M', 'P', 'Y']

"The arrays of an .npz, whose members are not packed, in their order there."
function npz(path, types...)
    bytes = read(path)
    starts = filter(i -> bytes[i:i+5] == NPY, 1:length(bytes)-5)
    @assert length(starts) == length(types)
    return [npy(bytes, start, type) for (start, type) in zip(starts, types)]
end

function npy(bytes, start, type)
    count = reinterpret(UInt16, bytes[start+8:start+9])[1]
    header = String(bytes[start+10:start+9+count])
    shape = Tuple(parse(Int, m.match) for m in eachmatch(r"\d+", match(r"'shape': \(([^)]*)\)", header)[1]))
    data = reinterpret(type, bytes[start+10+count:start+9+count+prod(shape)*sizeof(type)])
    in_columns = occursin("'fortran_order': True", header)
    array = in_columns || length(shape) < 2 ? reshape(data, shape) : permutedims(reshape(data, reverse(shape)), length(shape):-1:1)
    return match(r"'descr': '([^']*)'", header)[1] => Array(array)
end

"Runs Julia code in a process of its own; answers whether it succeeded, and what it printed."
function julia(code, environment...; arguments=``)
    command = `$(Base.julia_cmd()) --startup-file=no --project=$(dirname(Base.active_project())) $arguments -e $code`
    output = IOBuffer()
    process = run(pipeline(ignorestatus(with_environment(command, environment...)); stdout=output, stderr=output))
    return success(process), String(take!(output))
end

# `addenv` is younger than Julia 1.5.
function with_environment(command, environment...)
    all = Dict{String,String}(ENV)
    for (name, value) in environment
        value === nothing ? delete!(all, name) : (all[name] = value)
    end
    return setenv(command, all)
end

# Types of a user's own: one that says how it is stored, and one that does not.
struct Mesh
    points::Matrix{Float64}
    cells::Vector{Int32}
end
Metalab.represent(mesh::Mesh) = (points=mesh.points, cells=mesh.cells)
struct Unknown end
