# Where libmetalab is, and having it loaded at the first call.

"libmetalab is missing, can't be loaded, or is another version; the message says what helps."
struct LibraryError <: Exception
    message::String
end

Base.showerror(io::IO, error::LibraryError) = print(io, "Metalab.LibraryError: ", error.message)

const BUILD_FILE = joinpath(@__DIR__, "..", "deps", "library")
const loading = ReentrantLock()
const loaded_path = Ref("")

soname() = Sys.isapple() ? "libmetalab.$(LibMetalab.METALAB_ABI_VERSION).dylib" :
           Sys.iswindows() ? "metalab.dll" : "libmetalab.so.$(LibMetalab.METALAB_ABI_VERSION)"
filename() = Sys.iswindows() ? "metalab.dll" : "libmetalab.$(Libdl.dlext)"

const HELP = 
    "Install it (its binaries, its Debian packages or its Python wheel; or build it with CMake), then say where " *
    "it is: in the environment variable METALAB_LIBRARY, once and for all by `Metalab.use_library!(path)`, or by " *
    "having it where the system looks for libraries."

"A library's file for what a user names: the file, or a directory that has it."
function library_file(path)
    isdir(path) || return path
    for name in (soname(), filename())
        file = joinpath(path, name)
        isfile(file) && return file
    end
    return joinpath(path, filename())
end

# The library to load, and who named it.
function candidate()
    named = get(ENV, "METALAB_LIBRARY", "")
    isempty(named) || return library_file(named), "METALAB_LIBRARY"
    if isfile(BUILD_FILE)
        return library_file(strip(read(BUILD_FILE, String))), normpath(BUILD_FILE)
    end
    return nothing, "the system"
end

function open_library()
    file, source = candidate()
    if file === nothing
        for name in (soname(), filename())
            handle = Libdl.dlopen(name; throw_error=false)
            handle === nothing || return handle
        end
        throw(LibraryError("libmetalab was not found: METALAB_LIBRARY is not set, no library was " *
            "chosen with Metalab.use_library!, and the system knows no $(soname()). $HELP"))
    end
    isfile(file) || throw(LibraryError("libmetalab was not found: there is no file $file, which $source names. $HELP"))
    try
        return Libdl.dlopen(file)
    catch problem
        throw(LibraryError("$file, which $source names, can't be loaded: $(sprint(showerror, problem))"))
    end
end

function check_abi(handle)
    path = Libdl.dlpath(handle)
    abi_version = Libdl.dlsym(handle, :metalab_abi_version; throw_error=false)
    version = Libdl.dlsym(handle, :metalab_version; throw_error=false)
    if abi_version === nothing || version === nothing
        throw(LibraryError("$path is not libmetalab: it has no metalab_abi_version. $HELP"))
    end
    found = ccall(abi_version, UInt32, ())
    wanted = LibMetalab.METALAB_ABI_VERSION
    if found != wanted
        throw(LibraryError("$path is libmetalab $(unsafe_string(ccall(version, Cstring, ()))) with ABI version " *
            "$found; this package needs ABI version $wanted, as libmetalab $(LibMetalab.METALAB_VERSION) has. $HELP"))
    end
    return path
end

function load()
    lock(loading) do
        isempty(loaded_path[]) || return
        handle = open_library()
        path = check_abi(handle)
        for (name, at) in LibMetalab.FUNCTIONS
            found = Libdl.dlsym(handle, name; throw_error=false)
            at[] = found === nothing ? C_NULL : found
        end
        loaded_path[] = path
    end
    return
end

@noinline function first_use(at, name)
    load()
    if at[] == C_NULL
        throw(LibraryError("$(loaded_path[]) has no $name: it is older than this package, which is of " *
            "version $(LibMetalab.METALAB_VERSION). $HELP"))
    end
    return at[]
end

# One load and one comparison: what a call costs over one to a fixed address.
@inline function pointer_to(at::Ref{Ptr{Cvoid}}, name::Symbol)::Ptr{Cvoid}
    address = at[]
    return address == C_NULL ? first_use(at, name) : address
end

"""
    Metalab.library()

The path of the library that is used, after loading it. It is the one that the environment variable
`METALAB_LIBRARY` names (a file, or the directory that has it); else the one that was chosen with
[`Metalab.use_library!`](@ref) or by `Pkg.build("Metalab")`; else what the system finds. Throws a
[`Metalab.LibraryError`](@ref) that says what helps where there is none, it can't be loaded, or is
of another ABI version. Nothing is loaded before the first call.
"""
function library()
    load()
    return loaded_path[]
end

"""
    Metalab.use_library!(path)

Has this installation of the package use the library at `path`, from the next session on, or now if
none is loaded. `nothing` has the system look for it again.
"""
function use_library!(path::AbstractString)
    file = abspath(library_file(path))
    isfile(file) || throw(LibraryError("there is no file $file"))
    mkpath(dirname(BUILD_FILE))
    write(BUILD_FILE, file)
    return file
end

use_library!(::Nothing) = rm(BUILD_FILE; force=true)

"The version of the library that is used."
version() = VersionNumber(unsafe_string(LibMetalab.metalab_version()))
