#include "pipeline/cli/stop_signal.h"

#include <pthread.h>
#include <spdlog/spdlog.h>

#include <cerrno>
#include <csignal>
#include <ctime>

namespace copydesk {
namespace {

constexpr int kExitAtOnce = 130;

sigset_t StopSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  sigaddset(&set, SIGUSR1);  // the destructor's
  return set;
}

}  // namespace

StopSignal::StopSignal(std::function<void()> stop, std::function<void()> hang_up,
                       std::chrono::milliseconds timeout) {
  const sigset_t set = StopSignals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  thread_ = std::thread([this, stop = std::move(stop), hang_up = std::move(hang_up), timeout] {
    Watch(stop, hang_up, timeout);
  });
}

void StopSignal::Watch(const std::function<void()>& stop, const std::function<void()>& hang_up,
                       std::chrono::milliseconds timeout) {
  const sigset_t set = StopSignals();
  int signal = 0;
  do {
    if (sigwait(&set, &signal) != 0 || signal == SIGUSR1) return;
    if (signal == SIGHUP) hang_up();
  } while (signal == SIGHUP);
  spdlog::info("stopping: finishing the batch, committing, closing");
  stop();
  const timespec wait = {timeout.count() / 1000, (timeout.count() % 1000) * 1'000'000};
  do {
    signal = sigtimedwait(&set, nullptr, &wait);
  } while (signal == SIGHUP || (signal < 0 && errno == EINTR));
  if (signal == SIGUSR1) return;
  spdlog::critical(signal < 0 ? "not stopped within shutdown_timeout, ending at once"
                              : "second signal, ending at once");
  spdlog::shutdown();
  _Exit(kExitAtOnce);
}

StopSignal::~StopSignal() {
  pthread_kill(thread_.native_handle(), SIGUSR1);
  thread_.join();
}

}  // namespace copydesk
