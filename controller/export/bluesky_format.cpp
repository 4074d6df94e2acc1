#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "controller/campaign/campaign_events.hpp"
#include "controller/export/export_file.hpp"
#include "controller/export/export_format.hpp"
#include "controller/export/export_frames.hpp"
#include "controller/export/export_provenance.hpp"
#include "controller/export/export_table.hpp"
#include "controller/log/fingerprint.hpp"
#include "controller/log/log_snapshot.hpp"
#include "controller/output_lines.hpp"

// Documents as github.com/bluesky/event-model describes them: a run is a campaign; a table with a time is a
// stream, that of the experiments being the primary one; spectra are a stream whose configuration tells the
// wavelengths.
namespace nocturne {
namespace {

/// The same log, the same identifiers: digests in the form of a UUID of version 8.
class Identifiers {
 public:
  explicit Identifiers(std::string fingerprint) : fingerprint_{std::move(fingerprint)} {}

  std::string of(const std::string& what) const {
    std::string digits = digest_of(fingerprint_ + " " + what).substr(0, 32);
    digits[12] = '8';
    digits[16] = '8';
    for (const std::size_t at : {8U, 13U, 18U, 23U}) digits.insert(at, "-");
    return digits;
  }

 private:
  std::string fingerprint_;
};

OrderedJson json_of_cell(const ExportCell& cell) {
  return std::visit(
      [](const auto& value) -> OrderedJson {
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, std::monostate>) {
          return nullptr;
        } else if constexpr (std::is_same_v<Value, double>) {
          return std::isfinite(value) ? OrderedJson(value) : OrderedJson(nullptr);
        } else {
          return value;
        }
      },
      cell);
}

OrderedJson data_key(const char* dtype, const OrderedJson& shape, const std::string& unit) {
  OrderedJson key{{"source", "nocturne"}, {"dtype", dtype}, {"shape", shape}};
  if (!unit.empty()) key["units"] = unit;
  return key;
}

/// Where documents go, one a line.
class DocumentFile {
 public:
  DocumentFile(const LogSnapshot& log, const std::filesystem::path& file)
      : file_{file}, identifiers_{log.fingerprint()}, epoch_s_{started_unix_s(log)} {}

  std::string run() const { return identifiers_.of("start"); }
  std::string identifier(const std::string& what) const { return identifiers_.of(what); }
  double unix_time(double campaign_s) const { return epoch_s_ + campaign_s; }

  void write(const char* name, const OrderedJson& document) {
    file_.write(line_of(OrderedJson::array({name, document})) + "\n");
  }

  /// Every number of `data` was taken at the same time.
  void write_event(const std::string& stream, const std::string& descriptor, double campaign_s,
                   const OrderedJson& data) {
    OrderedJson timestamps = OrderedJson::object();
    for (const auto& [key, value] : data.items()) timestamps[key] = unix_time(campaign_s);
    const int number = ++events_[stream];
    write("event", {{"uid", identifier(stream + " " + std::to_string(number))},
                    {"time", unix_time(campaign_s)},
                    {"descriptor", descriptor},
                    {"seq_num", number},
                    {"data", data},
                    {"timestamps", timestamps}});
  }

  OrderedJson counts() const {
    OrderedJson counts = OrderedJson::object();
    for (const auto& [stream, events] : events_) counts[stream] = events;
    return counts;
  }
  void close() { file_.close(); }

 private:
  ExportFile file_;
  Identifiers identifiers_;
  double epoch_s_;
  std::map<std::string, int> events_;
};

/// Events of one kind in the order of time, for a file in which all kinds are in that order.
class Stream {
 public:
  virtual ~Stream() = default;
  /// Campaign time of the next event; nothing at the end.
  virtual std::optional<double> next_s() const = 0;
  virtual void write_next(DocumentFile& file) = 0;
};

class TableStream final : public Stream {
 public:
  explicit TableStream(ExportTable table)
      : table_{std::move(table)},
        name_{table_.name == "experiments" ? "primary" : table_.name},
        rows_{table_.open()} {
    while (table_.columns[time_].name != table_.time) ++time_;
    advance();
  }

  std::optional<double> next_s() const override { return next_s_; }

  void write_next(DocumentFile& file) override {
    const std::string descriptor = file.identifier("descriptor " + name_);
    if (!is_described_) describe(file, descriptor);
    is_described_ = true;
    OrderedJson data = OrderedJson::object();
    for (std::size_t i = 0; i < row_.size(); ++i) data[table_.columns[i].name] = json_of_cell(row_[i]);
    file.write_event(name_, descriptor, *next_s_, data);
    advance();
  }

 private:
  /// To the next row that has a time: an experiment that is not finished has none.
  void advance() {
    next_s_.reset();
    while (!next_s_ && rows_->next(row_))
      if (const auto* time = std::get_if<double>(&row_[time_])) next_s_ = *time;
  }

  void describe(DocumentFile& file, const std::string& descriptor) const {
    OrderedJson keys = OrderedJson::object();
    for (const ExportColumn& column : table_.columns)
      keys[column.name] = data_key(json_type_of(column.type), OrderedJson::array(), column.unit);
    file.write("descriptor", {{"uid", descriptor},
                              {"run_start", file.run()},
                              {"time", file.unix_time(*next_s_)},
                              {"name", name_},
                              {"data_keys", keys}});
  }

  ExportTable table_;
  std::string name_;
  std::unique_ptr<ExportRows> rows_;
  std::size_t time_ = 0;
  ExportRow row_;
  std::optional<double> next_s_;
  bool is_described_ = false;
};

OrderedJson list_of_numbers(const Eigen::VectorXd& values) {
  OrderedJson list = OrderedJson::array();
  for (const double value : values) list.push_back(value);
  return list;
}

class SpectrumStream final : public Stream {
 public:
  explicit SpectrumStream(const LogSnapshot& log) : frames_{log} { advance(); }

  std::optional<double> next_s() const override { return next_s_; }

  void write_next(DocumentFile& file) override {
    if (frame_.counts.size() != pixels_ || frame_.wavelength_nm.size() != wavelength_nm_.size() ||
        frame_.wavelength_nm != wavelength_nm_)
      describe(file);
    OrderedJson experiment = frame_.experiment ? OrderedJson(*frame_.experiment) : OrderedJson(nullptr);
    file.write_event("spectra", descriptor_, *next_s_,
                     {{"experiment", experiment},
                      {"seq", frame_.seq},
                      {"position", frame_.position},
                      {"role", frame_.role},
                      {"exposure_s", frame_.exposure_s},
                      {"scans", frame_.scans},
                      {"counts", list_of_numbers(frame_.counts)}});
    advance();
  }

 private:
  void advance() {
    next_s_.reset();
    if (frames_.next(frame_)) next_s_ = frame_.time_s;
  }

  void describe(DocumentFile& file) {
    pixels_ = frame_.counts.size();
    wavelength_nm_ = frame_.wavelength_nm;
    descriptor_ = file.identifier("descriptor spectra " + std::to_string(++descriptors_));
    const OrderedJson single = OrderedJson::array(), spectrum = OrderedJson::array({pixels_});
    const double now = file.unix_time(*next_s_);
    OrderedJson document{{"uid", descriptor_},
                         {"run_start", file.run()},
                         {"time", now},
                         {"name", "spectra"},
                         {"data_keys",
                          {{"experiment", data_key("integer", single, "")},
                           {"seq", data_key("integer", single, "")},
                           {"position", data_key("integer", single, "")},
                           {"role", data_key("string", single, "")},
                           {"exposure_s", data_key("number", single, "s")},
                           {"scans", data_key("integer", single, "")},
                           {"counts", data_key("array", spectrum, "")}}}};
    document["object_keys"] = {{"spectrometer", {"counts"}}};
    if (wavelength_nm_.size() != 0)
      document["configuration"] = {{"spectrometer",
                                    {{"data", {{"wavelength_nm", list_of_numbers(wavelength_nm_)}}},
                                     {"timestamps", {{"wavelength_nm", now}}},
                                     {"data_keys", {{"wavelength_nm", data_key("array", spectrum, "nm")}}}}}};
    file.write("descriptor", document);
  }

  ExportFrames frames_;
  ExportFrame frame_;
  std::optional<double> next_s_;
  Eigen::Index pixels_ = -1;
  Eigen::VectorXd wavelength_nm_;
  std::string descriptor_;
  int descriptors_ = 0;
};

void write_start(DocumentFile& file, const LogSnapshot& log) {
  const OrderedJson fields = OrderedJson::array({"experiment"});
  const OrderedJson dimension = OrderedJson::array({fields, "primary"});
  OrderedJson start{{"uid", file.run()},
                    {"time", file.unix_time(0.0)},
                    {"plan_name", "campaign"},
                    {"hints", {{"dimensions", OrderedJson::array({dimension})}}}};
  for (const auto& [key, value] : provenance_of(log)) start["nocturne"][key] = value;
  for (const auto& [name, path, content] : kept_texts(log.header())) start["nocturne"][name] = content;
  file.write("start", start);
}

/// A campaign without an end has no such document, as a run of Bluesky that died has none.
void write_stop(DocumentFile& file, const LogSnapshot& log) {
  std::optional<CampaignEnded> ended;
  Instant when{};
  log.for_each_event([&](const Event& event) {
    if (is<Resumed>(event)) ended.reset();
    if (is<CampaignEnded>(event)) ended = read<CampaignEnded>(event);
    when = event.time;
  });
  if (!ended) return;
  const char* status = ended->status == "faulted" ? "fail" : ended->status == "stopped" ? "abort" : "success";
  file.write("stop", {{"uid", file.identifier("stop")},
                      {"run_start", file.run()},
                      {"time", file.unix_time(in_seconds(when))},
                      {"exit_status", status},
                      {"reason", ended->why},
                      {"num_events", file.counts()}});
}

/// The one whose next event comes first; null at the end of all.
Stream* earliest(const std::vector<std::unique_ptr<Stream>>& streams) {
  Stream* first = nullptr;
  for (const auto& stream : streams)
    if (stream->next_s() && (!first || *stream->next_s() < *first->next_s())) first = stream.get();
  return first;
}

}  // namespace

void write_bluesky(const LogSnapshot& log, const std::filesystem::path& folder) {
  DocumentFile file{log, folder / "documents.jsonl"};
  write_start(file, log);
  std::vector<std::unique_ptr<Stream>> streams;
  for (ExportTable& table : export_tables(log))
    if (!table.time.empty()) streams.push_back(std::make_unique<TableStream>(std::move(table)));
  streams.push_back(std::make_unique<SpectrumStream>(log));
  while (Stream* stream = earliest(streams)) stream->write_next(file);
  write_stop(file, log);
  file.close();
}

}  // namespace nocturne
