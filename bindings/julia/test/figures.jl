# Figures: what shows itself, what saves itself, fields and pixels.

struct Plot
    formats::Vector{String}
end
Base.showable(mime::MIME, plot::Plot) = string(mime) in plot.formats
Base.show(io::IO, mime::MIME"image/png", ::Plot) = write(io, "a png")
Base.show(io::IO, mime::MIME"image/svg+xml", ::Plot) = write(io, "<svg/>")
Base.show(io::IO, mime::MIME"application/pdf", ::Plot) = write(io, "%PDF")

"The width and height of a PNG."
function png_size(path)
    bytes = read(path)
    @assert bytes[1:8] == UInt8[0x89, 'P', 'N', 'G', 0x0d, 0x0a, 0x1a, 0x0a]
    return Int.(ntoh.(reinterpret(UInt32, bytes[17:24])))
end

in_store() do store
    capture(store; experiment="figures:1.0") do run
        both = Plot(["image/png", "image/svg+xml", "application/pdf"])
        figure!(run, "png", both; metadata=(dpi=100,))
        figure!(run, "svg", Plot(["image/svg+xml"]))
        figure!(run, "asked", both; format=:svg)
        figure!(run, "pdf", both; format="pdf")
        @test_throws ArgumentError figure!(run, "none", Plot(String[]))
        @test_throws ArgumentError figure!(run, "none", both; format=:bmp)
        figure!(run, "saved"; format=:pdf) do path
            write(path, "saved to $(splitext(path)[2])")
        end
        @test_throws ArgumentError figure!(path -> nothing, run, "none")

        field = [Float64(i * j) for i in 1:4, j in 1:6]
        figure!(run, "field", field)
        figure!(run, "styled", transpose(field); colormap=:diverging, origin=:lower, range=(-24, 24), scale=3, logarithmic=false)
        figure!(run, "integers", [1 2; 3 4]; scale=1)
        @test_throws ArgumentError figure!(run, "none", field; colormap=:jet)
        figure!(run, "pixels", rand(UInt8, 3, 5, 7))
        @test_throws MetalabError figure!(run, "none", rand(UInt8, 2, 5, 7))
    end
    image(name) = file_of(store, "artifacts", name)
    @test read(image("png.png"), String) == "a png"
    @test read(image("svg.svg"), String) == read(image("asked.svg"), String) == "<svg/>"
    @test read(image("pdf.pdf"), String) == "%PDF"
    @test read(image("saved.pdf"), String) == "saved to .pdf"
    @test descriptor(store, "png")["kind"] == "image" && descriptor(store, "png")["metadata"]["dpi"] == 100
    @test descriptor(store, "field")["metadata"]["vmax"] == 24
    width, height = png_size(image("field.png"))
    @test height == 4 * 86 && width > 6 * 86 # and a colour bar
    @test png_size(image("styled.png")) == [12, 18]
    @test png_size(image("integers.png")) == [2, 2]
    @test png_size(image("pixels.png")) == [7, 5]
end
