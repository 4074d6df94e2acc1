#include "controller/journal/alarm.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <boost/process.hpp>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <list>
#include <mutex>
#include <set>
#include <sstream>
#include <thread>

#include "controller/output_lines.hpp"

namespace nocturne {
namespace {

constexpr Duration kLookAtChildren = std::chrono::milliseconds{20};
constexpr Duration kDying = std::chrono::seconds{5};  // a killed program that does not go is left alone then

/// A program and what it gets on its standard input.
struct Errand {
  std::string place;  ///< in the bench file
  std::vector<std::string> words;
  std::string input;
  std::string event;
};

/// The program's file, if there is one in PATH; a name with a slash is one already.
std::optional<std::string> in_path(const std::string& program) {
  if (program.find('/') != std::string::npos) return program;
  const char* path = std::getenv("PATH");
  std::istringstream folders{path ? path : ""};
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::filesystem::path file = std::filesystem::path{folder.empty() ? "." : folder} / program;
    std::error_code none;
    if (std::filesystem::is_regular_file(file, none) && ::access(file.c_str(), X_OK) == 0)
      return file.string();
  }
  return std::nullopt;
}

/// What sends mail here.
std::string mail_program(const BenchDescription& bench) {
  for (const char* program : {"mail", "sendmail"})
    if (const auto file = in_path(program)) return *file;
  throw FileError{fmt::format(
      "{}:{}: nothing here sends mail: neither 'mail' nor 'sendmail' is in PATH (apt install bsd-mailx)",
      bench.file, bench.alarm->mail_line)};
}

/// A file without a name that holds `text`, to be read from its beginning: a program that does not read it
/// keeps nobody waiting.
using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;
File file_of(const std::string& text) {
  const int descriptor = ::memfd_create("alarm", MFD_CLOEXEC);
  if (descriptor < 0) throw std::system_error{errno, std::system_category(), "memory for its input"};
  File file{::fdopen(descriptor, "w+"), &std::fclose};
  if (!file) ::close(descriptor);
  if (!file || std::fwrite(text.data(), 1, text.size(), file.get()) != text.size() ||
      std::fflush(file.get()) != 0)
    throw std::system_error{errno, std::system_category(), "its input"};
  std::rewind(file.get());
  return file;
}

/// A program under way, in a process group of its own, so that what it started can be killed with it.
class Child {
 public:
  Child(const Errand& errand, const std::string& campaign, Instant deadline)
      : place_{errand.place}, program_{errand.words.front()}, deadline_{deadline} {
    namespace process = boost::process;
    const File input = file_of(errand.input);
    process::environment environment{boost::this_process::environment()};
    environment["NOCTURNE_EVENT"] = errand.event;
    environment["NOCTURNE_CAMPAIGN"] = campaign;
    const std::vector<std::string> arguments{errand.words.begin() + 1, errand.words.end()};
    const std::string file = in_path(program_).value_or(program_);
    if (::access(file.c_str(), X_OK) != 0) throw std::system_error{errno, std::system_category(), file};
    child_ = process::child{process::exe = file,
                            process::args = arguments,
                            environment,
                            group_,
                            process::std_in<input.get(), process::std_out>
                                process::null,
                            process::std_err > process::null,
                            process::limit_handles};
  }

  ~Child() {
    group_.detach();  // what it left running on purpose may run on
    child_.detach();
  }

  /// Whether it is over by now; then, and when it is killed, `failure` says what went wrong, if anything.
  bool is_over(Instant now, Duration limit, std::optional<std::string>& failure) {
    std::error_code error;
    if (!child_.running(error)) {
      const int status = child_.native_exit_code();
      if (killed_ || error) return true;
      if (WIFSIGNALED(status)) failure = complaint(fmt::format("was ended by signal {}", WTERMSIG(status)));
      if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
        failure = complaint(fmt::format("ended with status {}", WEXITSTATUS(status)));
      return true;
    }
    if (now < deadline_) return false;
    if (killed_) return true;
    group_.terminate(error);
    killed_ = true;
    deadline_ = now + kDying;
    failure = complaint(fmt::format("took longer than {:.3g} s and was killed", in_seconds(limit)));
    return false;
  }

 private:
  std::string complaint(const std::string& what) const {
    return fmt::format("{}: the alarm {} {}", place_, program_, what);
  }

  const std::string place_, program_;
  Instant deadline_;
  bool killed_ = false;
  boost::process::group group_;
  boost::process::child child_;
};

}  // namespace

class Alarm::Sender {
 public:
  Sender(const BenchDescription& bench, Campaign campaign, const Clock& wall_clock)
      : alarm_{*bench.alarm},
        file_{bench.file},
        campaign_{std::move(campaign)},
        wall_clock_{wall_clock},
        limit_{seconds(alarm_.limit.count())} {
    if (!alarm_.mail.empty()) mail_program_ = mail_program(bench);
  }

  ~Sender() {
    {
      const std::lock_guard lock{mutex_};
      closing_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  void raise(const std::string& event, const std::string& sentence) {
    std::vector<Errand> errands = errands_of(event, sentence);
    {
      const std::lock_guard lock{mutex_};
      const std::size_t most = kMostPending * errands.size();
      if (pending_ + errands.size() <= most) {
        pending_ += errands.size();
        std::ranges::move(errands, std::back_inserter(asked_));
        if (!thread_.joinable()) thread_ = std::thread{[this] { send(); }};
        changed_.notify_all();
        return;
      }
    }
    fail(fmt::format("{} alarms are pending: '{}' is not sent", kMostPending, event));
  }

  void wait() {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, limit_ + 2 * kDying, [this] { return pending_ == 0; });
  }

  void fail(std::string what) {
    {
      const std::lock_guard lock{mutex_};
      if (!known_.insert(what).second) return;
      failures_.push_back(std::move(what));
    }
    if (notify_) notify_();
  }

  std::vector<std::string> failures() {
    const std::lock_guard lock{mutex_};
    return std::exchange(failures_, {});
  }

  void on_failure(std::function<void()> notify) { notify_ = std::move(notify); }

 private:
  std::vector<Errand> errands_of(const std::string& event, const std::string& sentence) const {
    const std::string line = in_one_line(fmt::format("{} Log: {}", sentence, campaign_.log.string())) + "\n";
    std::vector<Errand> errands;
    if (!alarm_.command.empty())
      errands.push_back({fmt::format("{}:{}", file_, alarm_.command_line), alarm_.command, line, event});
    if (alarm_.mail.empty()) return errands;
    const std::string subject = in_one_line(fmt::format("Nocturne, {}: {}", event, campaign_.id));
    Errand mail{fmt::format("{}:{}", file_, alarm_.mail_line), {}, line, event};
    if (std::filesystem::path{mail_program_}.filename() == "mail") {
      mail.words = {mail_program_, "-s", subject, alarm_.mail};
    } else {
      mail.words = {mail_program_, "-i", alarm_.mail};
      mail.input = fmt::format(
          "To: {}\nSubject: {}\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
          "Content-Transfer-Encoding: 8bit\n\n{}",
          alarm_.mail, subject, line);
    }
    errands.push_back(std::move(mail));
    return errands;
  }

  /// The thread: starts what was asked for and looks after it.
  void send() {
    std::list<Child> children;
    for (;;) {
      std::deque<Errand> asked;
      {
        std::unique_lock lock{mutex_};
        const auto has_work = [&] { return !asked_.empty() || (closing_ && children.empty()); };
        if (children.empty())
          changed_.wait(lock, has_work);
        else
          changed_.wait_for(lock, kLookAtChildren, has_work);
        if (asked_.empty() && children.empty()) return;
        asked.swap(asked_);
      }
      for (const Errand& errand : asked) start(errand, children);
      reap(children);
    }
  }

  void start(const Errand& errand, std::list<Child>& children) {
    std::string why;
    try {
      children.emplace_back(errand, campaign_.id, wall_clock_.now() + limit_);
      return;
    } catch (const std::system_error& error) {
      why = error.code().message();
    } catch (const std::exception& error) {
      why = error.what();
    }
    fail(fmt::format("{}: the alarm {} could not be started: {}", errand.place, errand.words.front(), why));
    done(1);
  }

  void reap(std::list<Child>& children) {
    const Instant now = wall_clock_.now();
    const std::size_t gone = std::erase_if(children, [&](Child& child) {
      std::optional<std::string> failure;
      const bool over = child.is_over(now, limit_, failure);
      if (failure) fail(*failure);
      return over;
    });
    if (gone > 0) done(gone);
  }

  void done(std::size_t errands) {
    {
      const std::lock_guard lock{mutex_};
      pending_ -= errands;
    }
    changed_.notify_all();
  }

  const AlarmDescription alarm_;
  const std::string file_;
  const Campaign campaign_;
  const Clock& wall_clock_;
  const Duration limit_;
  std::string mail_program_;
  std::function<void()> notify_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Errand> asked_;
  std::size_t pending_ = 0;  ///< errands, asked for or under way
  bool closing_ = false;
  std::vector<std::string> failures_;
  std::set<std::string> known_;
  std::thread thread_;
};

Alarm::Alarm(const BenchDescription& bench, Campaign campaign, const Clock& wall_clock) {
  if (bench.alarm) sender_ = std::make_unique<Sender>(bench, std::move(campaign), wall_clock);
}

Alarm::~Alarm() = default;

void Alarm::raise(const std::string& event, const std::string& sentence) noexcept {
  if (!sender_) return;
  try {
    sender_->raise(event, sentence);
  } catch (const std::exception&) {  // no memory, no thread: an alarm less, and nothing else
  }
}

void Alarm::wait() {
  if (sender_) sender_->wait();
}

std::vector<std::string> Alarm::failures() {
  return sender_ ? sender_->failures() : std::vector<std::string>{};
}

void Alarm::on_failure(std::function<void()> notify) {
  if (sender_) sender_->on_failure(std::move(notify));
}

}  // namespace nocturne
