# Figures.

using .LibMetalab: metalab_field_style_t

const COLORMAPS = (viridis=LibMetalab.METALAB_COLORMAP_VIRIDIS, magma=LibMetalab.METALAB_COLORMAP_MAGMA,
                   diverging=LibMetalab.METALAB_COLORMAP_DIVERGING, gray=LibMetalab.METALAB_COLORMAP_GRAY)

const SHOWN = (png=MIME("image/png"), svg=MIME("image/svg+xml"), pdf=MIME("application/pdf"), jpg=MIME("image/jpeg"))

"""
    figure!(run, name, plot; format=nothing, metadata=nothing)

A figure: anything that can be shown as a PNG or an SVG image, as plots and images of most packages can.
`format` asks for one of `:png`, `:svg`, `:pdf`, `:jpg`.

    figure!(run, name, matrix; colormap=:viridis, logarithmic=false, origin=:upper, range=nothing, scale=0, metadata=nothing)

A matrix of real numbers is drawn with a colour map (`:viridis`, `:magma`, `:diverging`, `:gray`), its
rows from the top, or from the bottom with `origin=:lower`. `range=(low, high)` are the values of the first
and the last colour; `scale` is how many pixels a cell's side has. Without it there are enough to see,
and a colour bar with the range and with `unit` of the metadata.

    figure!(run, name, pixels::AbstractArray{UInt8,3}; metadata=nothing)

Pixels as `(channel, row, column)`, with 1 (grey), 3 (RGB) or 4 (RGBA) channels.

    figure!(save, run, name; format=:png, metadata=nothing)

What `save(path)` writes, for packages that have a function for that:

    figure!(path -> savefig(p, path), run, "loss"; format=:pdf)
"""
function figure!(run::Run, name::Name, plot; format=nothing, metadata=nothing)
    formats = format === nothing ? (:png, :svg) : (Symbol(format),)
    for one in formats
        haskey(SHOWN, one) || throw(ArgumentError("format is one of $(join(keys(SHOWN), ", ")), not $one"))
        showable(SHOWN[one], plot) || continue
        return encoded_figure!(run, name, sprint_bytes(SHOWN[one], plot), string(one), metadata)
    end
    throw(ArgumentError("a $(typeof(plot)) can't be shown as $(join(formats, " or ")): give figure! a function that saves it to a path"))
end

# Draws like a display; `invokelatest` because plotting packages load their drawing code late.
function sprint_bytes(mime, plot)
    buffer = IOBuffer()
    Base.invokelatest(show, buffer, mime, plot)
    return take!(buffer)
end

function encoded_figure!(run, name, bytes, format, metadata)
    check(run, LibMetalab.metalab_capture_figure_bytes(handle_of(run), name, bytes, length(bytes), format, object(metadata)))
end

function figure!(save::Union{Function,Type}, run::Run, name::Name; format=:png, metadata=nothing)
    mktempdir() do directory
        path = joinpath(directory, "figure.$format")
        save(path)
        isfile(path) || throw(ArgumentError("the function that was given to figure! has written no $path"))
        encoded_figure!(run, name, read(path), string(format), metadata)
    end
end

function figure!(run::Run, name::Name, field::AbstractMatrix{<:Union{Real,Missing}}; colormap=:viridis, logarithmic::Bool=false,
                 origin=:upper, range=nothing, scale=0, metadata=nothing)
    low, high = something(range, (0.0, 0.0))
    style = metalab_field_style_t(sizeof(metalab_field_style_t), numbered(COLORMAPS, :colormap, colormap), logarithmic,
                                  numbered((upper=0, lower=1), :origin, origin), range !== nothing, low, high, scale)
    with_array(field) do array
        check(run, LibMetalab.metalab_capture_figure_field(handle_of(run), name, Ref(array), Ref(style), object(metadata)))
    end
end

function figure!(run::Run, name::Name, pixels::AbstractArray{UInt8,3}; metadata=nothing)
    channels, height, width = size(pixels)
    rows = permutedims(pixels, (1, 3, 2))
    check(run, LibMetalab.metalab_capture_figure_pixels(handle_of(run), name, rows, width, height, channels, 0, object(metadata)))
end
