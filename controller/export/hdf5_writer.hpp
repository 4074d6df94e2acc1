#pragma once

#include <H5Cpp.h>

#include <cstdint>
#include <string>
#include <vector>

// The little of HDF5 that an export needs. Everything throws H5::Exception. Nothing of the wall clock enters
// the file.
namespace nocturne {

/// A group of a NeXus class ("NXdata") below `parent`.
H5::Group nexus_group(H5::Group& parent, const std::string& name, const std::string& nexus_class);

void set_attribute(H5::H5Object& object, const std::string& name, const std::string& value);
void set_attribute(H5::H5Object& object, const std::string& name, const std::vector<std::string>& values);
void set_attribute(H5::H5Object& object, const std::string& name, std::int64_t value);
/// What a group of class NXdata shows, over which of its datasets.
void set_signal(H5::Group& data, const std::string& signal, const std::vector<std::string>& axes);

H5::DataSet write_text(H5::Group& group, const std::string& name, const std::string& value);
H5::DataSet write_texts(H5::Group& group, const std::string& name, const std::vector<std::string>& values);
H5::DataSet write_numbers(H5::Group& group, const std::string& name, const std::vector<double>& values);
H5::DataSet write_integers(H5::Group& group, const std::string& name,
                           const std::vector<std::int64_t>& values);
H5::DataSet write_flags(H5::Group& group, const std::string& name, const std::vector<std::int8_t>& values);

/// A matrix that grows by a row at a time, compressed.
class GrowingMatrix {
 public:
  GrowingMatrix(H5::Group& group, const std::string& name, std::size_t columns);
  /// `row` has as many values as there are columns.
  void append(const double* row);
  H5::DataSet& dataset() { return dataset_; }

 private:
  hsize_t rows_ = 0, columns_;
  H5::DataSet dataset_;
};

}  // namespace nocturne
