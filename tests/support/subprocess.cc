#include "tests/support/subprocess.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace copydesk {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void Die(const char* what) {
  std::perror(what);
  std::abort();
}

std::string ReadAll(int fd) {
  std::string text(static_cast<size_t>(lseek(fd, 0, SEEK_END)), '\0');
  const ssize_t got = pread(fd, text.data(), text.size(), 0);
  text.resize(got < 0 ? 0 : static_cast<size_t>(got));
  return text;
}

// In the child, between fork and exec: only calls that are safe there.
[[noreturn]] void Become(char* const* argv, int out, int err, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  const int in = open("/dev/null", O_RDONLY);
  if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0) {
    _exit(127);
  }
  execv(argv[0], argv);
  _exit(127);
}

}  // namespace

Subprocess::Subprocess(const std::vector<std::string>& command) {
  // Opened to append: the kernel moves the offset that parent and child share.
  out_ = memfd_create("out", MFD_CLOEXEC);
  err_ = memfd_create("err", MFD_CLOEXEC);
  if (out_ < 0 || err_ < 0) Die("memfd_create");
  fcntl(out_, F_SETFL, O_APPEND);
  fcntl(err_, F_SETFL, O_APPEND);
  std::vector<char*> argv;
  for (const std::string& argument : command) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t self = getpid();
  pid_ = fork();
  if (pid_ < 0) Die("fork");
  if (pid_ == 0) Become(argv.data(), out_, err_, self);
}

Subprocess::~Subprocess() {
  if (!status_) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(out_);
  close(err_);
}

void Subprocess::Signal(int signal) {
  if (!status_) kill(pid_, signal);
}

std::optional<int> Subprocess::Wait(std::chrono::milliseconds timeout) {
  const Clock::time_point deadline = Clock::now() + timeout;
  while (!status_) {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_) {
      status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    } else if (Clock::now() >= deadline) {
      break;
    } else {
      SleepMs(5);
    }
  }
  return status_;
}

std::string Subprocess::out() const { return ReadAll(out_); }
std::string Subprocess::err() const { return ReadAll(err_); }

int64_t Subprocess::resident_bytes_max() const {
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  std::string word;
  int64_t kilobytes = 0;
  while (status >> word) {
    if (word == "VmHWM:" && status >> kilobytes) return kilobytes * 1024;
  }
  return 0;
}

Finished RunToEnd(const std::vector<std::string>& command, std::chrono::milliseconds timeout) {
  const Clock::time_point start = Clock::now();
  Subprocess process(command);
  Finished finished;
  finished.status = process.Wait(timeout);
  finished.out = process.out();
  finished.err = process.err();
  finished.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return finished;
}

TempFolder::TempFolder() {
  path_ = (std::filesystem::temp_directory_path() / "copydesk-test-XXXXXX").string();
  if (mkdtemp(path_.data()) == nullptr) Die("mkdtemp");
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempFolder::Write(std::string_view name, std::string_view content) const {
  const std::string path = (std::filesystem::path(path_) / name).string();
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

void SleepMs(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

}  // namespace copydesk
