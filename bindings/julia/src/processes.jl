# Handles are of one process: what goes to another one is an error that says how it is done, or plain data.

const WORKER = "Open the run there as a worker, with the same options and `role=:worker`: it attaches to the run " *
               "that this process owns"
const READER = "Open it there, by its store's path and the run's id"

const Sent = Serialization.AbstractSerializer

Serialization.serialize(::Sent, ::Run) = throw(elsewhere("run", WORKER))
Serialization.serialize(::Sent, ::Series) = throw(elsewhere("series", WORKER))
Serialization.serialize(::Sent, ::Snapshots) = throw(elsewhere("declaration of snapshots", WORKER))
Serialization.serialize(::Sent, ::ArtifactStream) = throw(elsewhere("stream", WORKER))
Serialization.serialize(::Sent, ::CaptureLogger) = throw(elsewhere("logger's run", WORKER))
Serialization.serialize(::Sent, ::Store) = throw(elsewhere("store", "Open it there, by its path"))
Serialization.serialize(::Sent, ::StoredRun) = throw(elsewhere("run", READER))

# Arrays go as what they hold, points as a named tuple of vectors.
const OfFile{T,N} = Union{MappedArray{T,N},StoredArray{T,N}}
const PartOfFile = Union{SubArray{<:Any,<:Any,<:OfFile},Base.ReshapedArray{<:Any,<:Any,<:OfFile},
                         PermutedDimsArray{<:Any,<:Any,<:Any,<:Any,<:OfFile}}
Serialization.serialize(to::Sent, array::MappedArray) = Serialization.serialize(to, memory(array))
Serialization.serialize(to::Sent, array::StoredArray) = Serialization.serialize(to, array.memory)
Serialization.serialize(to::Sent, part::PartOfFile) = Serialization.serialize(to, Array(part))
Serialization.serialize(to::Sent, points::Points) = Serialization.serialize(to, columns(points))
