// The C++17 interface of metalab: header-only, over the C interface in metalab.h.
//
// Start with `metalab::options`, `metalab::capture` and `metalab::run`. Texts are UTF-8. Every
// class says who owns what, which threads may call, and what happens in an error.
#ifndef METALAB_HPP
#define METALAB_HPP

// Macros of other headers (Qt's, windows.h's) that are names here. They are back at the end of this file.
#pragma push_macro("signals")
#undef signals
#pragma push_macro("slots")
#undef slots
#pragma push_macro("emit")
#undef emit
#pragma push_macro("foreach")
#undef foreach
#pragma push_macro("forever")
#undef forever
#pragma push_macro("min")
#undef min
#pragma push_macro("max")
#undef max
#pragma push_macro("small")
#undef small
#pragma push_macro("near")
#undef near
#pragma push_macro("far")
#undef far
#pragma push_macro("interface")
#undef interface
#pragma push_macro("ERROR")
#undef ERROR

#include "metalab/status.hpp"
#include "metalab/text.hpp"
#include "metalab/scalar.hpp"
#include "metalab/json.hpp"
#include "metalab/array.hpp"
#include "metalab/content.hpp"
#include "metalab/figure.hpp"
#include "metalab/failure.hpp"
#include "metalab/options.hpp"
#include "metalab/series.hpp"
#include "metalab/mapped_array.hpp"
#include "metalab/snapshots.hpp"
#include "metalab/stream.hpp"
#include "metalab/log.hpp"
#include "metalab/capture.hpp"
#include "metalab/run.hpp"
#include "metalab/terminate.hpp"
#include "metalab/recover.hpp"
#include "metalab/index.hpp"
#include "metalab/identity.hpp"
#include "metalab/store.hpp"

#pragma pop_macro("signals")
#pragma pop_macro("slots")
#pragma pop_macro("emit")
#pragma pop_macro("foreach")
#pragma pop_macro("forever")
#pragma pop_macro("min")
#pragma pop_macro("max")
#pragma pop_macro("small")
#pragma pop_macro("near")
#pragma pop_macro("far")
#pragma pop_macro("interface")
#pragma pop_macro("ERROR")

#endif
