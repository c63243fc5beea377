# The declarations are what the header says now.
include("../gen/generate.jl")

if isfile(Generate.HEADER)
    @test read(Generate.TARGET, String) == Generate.generate()
end

# Everything that is declared is there in the library that is used.
Metalab.load()
for (name, at) in LibMetalab.FUNCTIONS
    @test (name, at[] != C_NULL) == (name, true)
end
@test length(LibMetalab.FUNCTIONS) > 90

# Structures have the layout that C gives them.
if Sys.which("cc") !== nothing && isfile(Generate.HEADER)
    structs = Generate.parse_header(read(Generate.HEADER, String)).structs
    mktempdir() do directory
        source, program = joinpath(directory, "layout.c"), joinpath(directory, "layout")
        open(source, "w") do io
            println(io, "#include <metalab.h>\n#include <stdio.h>\nint main(void) {")
            for (name, fields) in structs
                println(io, "  printf(\"%zu\", sizeof($name));")
                foreach(field -> println(io, "  printf(\" %zu\", offsetof($name, $(first(field))));"), fields)
                println(io, "  puts(\"\");")
            end
            println(io, "}")
        end
        run(`cc -I $(dirname(Generate.HEADER)) $source -o $program`)
        types = [getfield(LibMetalab, Symbol(name)) for (name, _) in structs]
        layouts = [join((sizeof(type), (Int(fieldoffset(type, k)) for k in 1:fieldcount(type))...), ' ')
                   for type in types]
        @test readlines(`$program`) == layouts
    end
end

# A type that the generator does not know is an error, not a wrong declaration.
@test_throws ErrorException Generate.generate("metalab_status_t metalab_new(long double x);\n")
