// The options of a run: all that is said of it before it is opened.
#ifndef METALAB_OPTIONS_HPP
#define METALAB_OPTIONS_HPP

#include "json.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace metalab {
inline namespace METALAB_ABI {

/// Defines how to open a run that has already succeeded.
enum class if_success : metalab_if_success_t {
  rerun = METALAB_IF_SUCCESS_RERUN,    ///< run again and replace it
  refuse = METALAB_IF_SUCCESS_REFUSE,  ///< opening fails with `status::exists`
  skip = METALAB_IF_SUCCESS_SKIP       ///< opening returns `status::skip`, and emits do nothing
};

/// The role of a process in its run.
enum class role : metalab_role_t {
  automatic = METALAB_ROLE_AUTO,  ///< the owner, except for processes of an MPI program after the first
  owner = METALAB_ROLE_OWNER,     ///< has the run's record
  worker = METALAB_ROLE_WORKER,   ///< attaches to the run that another process owns
  ranks = METALAB_ROLE_RANKS      ///< rank 0 of the launcher's processes owns, the others attach; also srun's without MPI
};

/// The signals that a run handles. The program's own handlers are called as before, and are put back when
/// the last run that asked has ended; see metalab_options_signals.
enum class signal_set : std::uint32_t {
  none = 0,                        ///< none, whatever the environment says
  fatal = METALAB_SIGNALS_FATAL,   ///< signals that end the process are recorded first
  stop = METALAB_SIGNALS_STOP,     ///< SIGTERM and SIGUSR1 make `should_stop` true, and do not end the process
  both = METALAB_SIGNALS_FATAL | METALAB_SIGNALS_STOP,
  interrupt = METALAB_SIGNALS_INTERRUPT,  ///< the first SIGINT makes `should_stop` true; the next one ends the process
  all = METALAB_SIGNALS_FATAL | METALAB_SIGNALS_STOP | METALAB_SIGNALS_INTERRUPT
};
/// Both: `signal_set::fatal | signal_set::stop`.
constexpr signal_set operator|(signal_set one, signal_set other) noexcept {
  return signal_set{static_cast<std::uint32_t>(one) | static_cast<std::uint32_t>(other)};
}

/// The description of a run: a value to be copied, passed around and opened more than once.
///
/// Setters store their arguments and cannot fail; opening a capture reports errors in them. The run id is
/// derived from the experiment, its context, the parameters, the seed and the code hash: equal ones
/// identify the same run in every language.
class options {
 public:
  /// Sets the location of the store: a path, `file:///path`, or `postgresql://...?file_root=/path`.
  options& store(text locator) { return keep(metalab_options_store, locator); }
  /// Sets the experiment: `name:version`, or `name` for version 1.
  options& experiment(text id) { return keep(metalab_options_experiment, id); }
  options& description(text words) { return keep(metalab_options_experiment_description, words); }
  /// Adds a tag of the experiment.
  options& add_experiment_tag(text tag) { return keep(metalab_options_add_experiment_tag, tag); }
  /// Sets the run id, in place of the one derived from the experiment, parameters and seed.
  options& run_id(text id) { return keep(metalab_options_run_id, id); }

  /// Sets a parameter: any number, boolean or string. Integers keep all digits up to 2^64-1.
  options& param(text name, const scalar& value) {
    switch (value.type()) {
      case scalar::kind::real:
        return keep_named(name, [number = value.real()](metalab_options_t* to, const char* key) {
          return metalab_options_param_f64(to, key, number);
        });
      case scalar::kind::integer:
        return keep_named(name, [number = value.integer()](metalab_options_t* to, const char* key) {
          return metalab_options_param_i64(to, key, number);
        });
      case scalar::kind::boolean:
        return keep_named(name, [truth = value.boolean()](metalab_options_t* to, const char* key) {
          return metalab_options_param_bool(to, key, truth);
        });
      case scalar::kind::wide: return params({named_scalar{name, value}});
      case scalar::kind::text: break;
    }
    return keep_named(name, [words = owned(value.text())](metalab_options_t* to, const char* key) {
      return words.give([&](const char* value_text) { return metalab_options_param_text(to, key, value_text); });
    });
  }
  /// Adds several parameters: a JSON string or `{{"n", 64}, {"dt", 0.1}}`.
  options& params(const json_object& object) { return keep_json(metalab_options_params_json, object); }
  /// Adds the variables of a Fortran namelist file to the parameters: `&grid n = 64 /` becomes
  /// `{"grid": {"n": 64}}`.
  options& namelist(const std::filesystem::path& path) { return keep(metalab_options_namelist, text(path.string())); }
  options& context(const json_object& object) { return keep_json(metalab_options_context_json, object); }
  options& metadata(const json_object& object) { return keep_json(metalab_options_metadata_json, object); }

  /// Adds a tag of the run.
  options& add_tag(text tag) { return keep(metalab_options_add_tag, tag); }
  options& note(text words) { return keep(metalab_options_note, words); }
  /// Sets how many runs the experiment will have, so that a dashboard shows how many are still to come.
  options& planned_runs(std::uint64_t runs) {
    return keep_step([=](metalab_options_t* to) { return metalab_options_planned_runs(to, runs); });
  }
  options& seed(std::uint64_t root_seed) {
    return keep_step([=](metalab_options_t* to) { return metalab_options_seed(to, root_seed); });
  }
  options& replicate(std::uint64_t index) {
    return keep_step([=](metalab_options_t* to) { return metalab_options_replicate(to, index); });
  }
  /// Sets the string that identifies the version of the code; "" for none.
  options& code_hash(text hash) { return keep(metalab_options_code_hash, hash); }
  /// Sets the id of this process in the run, such as "rank:3".
  options& worker(text id) { return keep(metalab_options_worker, id); }
  /// Sets the role of this process: it owns the run, or attaches to it (see metalab_options_role).
  options& role(metalab::role what) {
    return keep_step([=](metalab_options_t* to) {
      return metalab_options_role(to, static_cast<metalab_role_t>(what));
    });
  }
  /// Sets the rank of this process and the number of processes, if no launcher provides them.
  options& rank(std::int64_t number, std::int64_t size) {
    return keep_step([=](metalab_options_t* to) { return metalab_options_rank(to, number, size); });
  }
  /// Makes the number of the program's processes the parameter `name`, so that runs of a scaling study differ by it.
  options& ranks_param(text name) { return keep(metalab_options_ranks_param, name); }
  /// Sets how long a worker waits for the run's owner (default 30 s).
  options& attach_patience(std::chrono::duration<double> patience) {
    return keep_duration(metalab_options_attach_patience, patience);
  }
  /// Continues an earlier attempt at the run: `first_step` is the first step that will be emitted again.
  options& restart(std::int64_t first_step) {
    return keep_step([=](metalab_options_t* to) { return metalab_options_restart(to, first_step); });
  }

  /// Sets the compiler of the solver. The default is that of the file that opens the run.
  options& compiler(text words) { return keep(metalab_options_compiler, words); }
  /// Sets how often the process is sampled, at least 10 ms apart: its processor time, memory, threads,
  /// reads and writes become series of the run. 0 (the default) is never.
  options& sample(std::chrono::duration<double> interval) {
    return keep_duration(metalab_options_sample, interval);
  }

  /// Sets the time within which log lines reach their file (default 50 ms).
  options& flush_interval(std::chrono::duration<double> interval) {
    return keep_duration(metalab_options_flush_interval, interval);
  }
  /// Sets the interval at which the record of a running run is written again, if it has changed (default
  /// 10 s; 0: never).
  options& refresh_interval(std::chrono::duration<double> interval) {
    return keep_duration(metalab_options_refresh_interval, interval);
  }
  /// Sets the directory of the journal, such as one on a node's own disk.
  options& journal(const std::filesystem::path& directory) {
    return keep(metalab_options_journal, text(directory.string()));
  }
  options& if_success(metalab::if_success policy) {
    return keep_step([=](metalab_options_t* to) {
      return metalab_options_if_success(to, static_cast<metalab_if_success_t>(policy));
    });
  }

  /// Makes the end of the run wait for the disk (default: it does not).
  options& durable(bool wait = true) {
    return keep_step([=](metalab_options_t* to) { return metalab_options_durable(to, wait ? 1 : 0); });
  }
  /// Sets how long the end of the run waits at most for the index in PostgreSQL (default 5 s).
  options& index_wait(std::chrono::duration<double> most) {
    return keep_duration(metalab_options_index_wait, most);
  }
  /// Sets which signals the run handles (default: what METALAB_SIGNALS says, else none).
  options& handle_signals(signal_set which) {
    return keep_step([=](metalab_options_t* to) {
      return metalab_options_signals(to, static_cast<std::uint32_t>(which));
    });
  }
  /// Sets the time at which the process will be ended (default: the end of its SLURM job).
  options& end_time(std::chrono::system_clock::time_point end) {
    return keep_step([seconds = std::chrono::system_clock::to_time_t(end)](metalab_options_t* to) {
      return metalab_options_end_time(to, std::int64_t{seconds});
    });
  }
  /// Sets how long before the end time `should_stop` becomes true (default 0: not at all).
  options& stop_before(std::chrono::duration<double> margin) {
    return keep_duration(metalab_options_stop_before, margin);
  }

  /// Passes everything to the C interface; stops at the first error. `compiler` is that of the file that calls it.
  detail::attempt apply(metalab_options_t* to, const char* compiler = METALAB_COMPILER) const {
    if (const detail::attempt set = metalab_options_compiler(to, compiler); set.how != status::ok) {
      return set;
    }
    for (const step& one : steps_) {
      const detail::attempt set = one(to);
      if (set.how != status::ok) {
        return set;
      }
    }
    return METALAB_OK;
  }

 private:
  using step = std::function<detail::attempt(metalab_options_t*)>;

  // A text of our own that remembers whether there was one.
  class owned {
   public:
    explicit owned(const text& from) : given_(static_cast<bool>(from)), value_(from.view()) {}

    template <class Call>
    detail::attempt give(const Call& call) const {
      return detail::try_call(call, detail::c_string(given_ ? text(value_) : text()));
    }

   private:
    bool given_;
    std::string value_;
  };

  options& keep_step(step one) {
    steps_.push_back(std::move(one));
    return *this;
  }
  options& keep(metalab_status_t (*set)(metalab_options_t*, const char*), const text& value) {
    return keep_step([set, words = owned(value)](metalab_options_t* to) {
      return words.give([&](const char* value_text) { return set(to, value_text); });
    });
  }
  template <class Call>
  options& keep_named(const text& name, Call call) {
    return keep_step([key = owned(name), call = std::move(call)](metalab_options_t* to) {
      return key.give([&](const char* key_text) { return call(to, key_text); });
    });
  }
  options& keep_json(metalab_status_t (*set)(metalab_options_t*, const char*, std::size_t),
                     const json_object& object) {
    return keep_step([set, given = static_cast<bool>(object), value = object.str()](metalab_options_t* to) {
      return set(to, given ? value.data() : nullptr, value.size());
    });
  }
  options& keep_duration(metalab_status_t (*set)(metalab_options_t*, double), std::chrono::duration<double> length) {
    return keep_step([=](metalab_options_t* to) { return set(to, length.count()); });
  }

  std::vector<step> steps_;
};

}  // inline namespace
}  // namespace metalab

#endif
