# A library that is missing, is none, or is of another version: an error that says what helps.
using Libdl

const CALL = "using Metalab; try Metalab.library(); catch problem; showerror(stdout, problem); end"

load_with(path) = julia(CALL, "METALAB_LIBRARY" => path)[2]

@test isfile(Metalab.library())
@test Metalab.version() >= v"0.1.0"

mktempdir() do directory
    missing_file = joinpath(directory, "nowhere", "libmetalab.so")
    said = load_with(missing_file)
    @test occursin("LibraryError", said) && occursin("there is no file $missing_file, which METALAB_LIBRARY names", said)
    @test occursin("Debian packages", said) && occursin("use_library!", said)

    # A directory that has no library.
    @test occursin("there is no file $(joinpath(directory, "libmetalab.$(Libdl.dlext)"))", load_with(directory))

    broken = joinpath(directory, "broken.so")
    write(broken, "not a library")
    said = load_with(broken)
    @test occursin("$broken, which METALAB_LIBRARY names, can't be loaded", said)

    # Not named at all, and not where the system looks.
    if Libdl.find_library("libmetalab") == "" && !isfile(Metalab.BUILD_FILE)
        said = julia(CALL, "METALAB_LIBRARY" => nothing)[2]
        @test occursin("METALAB_LIBRARY is not set", said)
    end

    # The library isn't needed for loading the package, and the error comes from the first call.
    said = julia("using Metalab; try capture(identity, \"$directory\"); catch problem; print(typeof(problem)); end",
                 "METALAB_LIBRARY" => missing_file)[2]
    @test said == "Metalab.LibraryError"
    # Also from the low-level interface.
    said = julia("using Metalab; try Metalab.LibMetalab.metalab_version(); catch problem; print(typeof(problem)); end",
                 "METALAB_LIBRARY" => missing_file)[2]
    @test said == "Metalab.LibraryError"

    if Sys.which("cc") !== nothing
        function compiled(name, code)
            source, library = joinpath(directory, "$name.c"), joinpath(directory, "$name.so")
            write(source, code)
            run(`cc -shared -fPIC $source -o $library`)
            return library
        end
        foreign = compiled("foreign", "int something(void) { return 1; }\n")
        @test occursin("$foreign is not libmetalab", load_with(foreign))

        future = compiled("future", """
            unsigned metalab_abi_version(void) { return 99; }
            const char *metalab_version(void) { return "9.0.0"; }
            """)
        said = load_with(future)
        @test occursin("libmetalab 9.0.0 with ABI version 99", said)
        @test occursin("needs ABI version $(LibMetalab.METALAB_ABI_VERSION)", said)

        # The same ABI, but older: what it has works, what it lacks is an error.
        older = compiled("older", """
            unsigned metalab_abi_version(void) { return $(LibMetalab.METALAB_ABI_VERSION); }
            const char *metalab_version(void) { return "0.0.1"; }
            """)
        said = julia("using Metalab; println(Metalab.version()); try Metalab.fingerprint(1); catch problem; showerror(stdout, problem); end",
                     "METALAB_LIBRARY" => older)[2]
        @test occursin("0.0.1", said) && occursin("$older has no metalab_fingerprint: it is older", said)
    end
end
