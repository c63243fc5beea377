# Pkg.build("Metalab"): keeps in deps/library where libmetalab is, as METALAB_LIBRARY or pkg-config
# says now, so that later sessions need neither. Without one nothing is written, and nothing fails.

const TARGET = joinpath(@__DIR__, "library")

function from_pkg_config()
    Sys.which("pkg-config") === nothing && return ""
    try
        directory = strip(read(pipeline(`pkg-config --variable=libdir metalab`; stderr=devnull), String))
        isempty(directory) && return ""
        return joinpath(directory, Sys.isapple() ? "libmetalab.dylib" : "libmetalab.so")
    catch problem
        problem isa ProcessFailedException || rethrow()
        return ""
    end
end

let library = get(ENV, "METALAB_LIBRARY", "")
    library = isempty(library) ? from_pkg_config() : abspath(library)
    if ispath(library)
        write(TARGET, library)
        println("libmetalab: ", library)
    else
        println("libmetalab was not found now; it is looked for when it is used")
    end
end
