// The C++17 interface of metalab: header-only, over the C interface in metalab.h.
//
// Start with `metalab::options`, `metalab::capture` and `metalab::run`. Texts are UTF-8. Every
// class says who owns what, which threads may call, and what happens in an error.
#ifndef METALAB_HPP
#define METALAB_HPP

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

#endif
