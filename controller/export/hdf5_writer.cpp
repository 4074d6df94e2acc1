#include "controller/export/hdf5_writer.hpp"

#include <array>

namespace nocturne {
namespace {

H5::StrType utf8() {
  H5::StrType type{H5::PredType::C_S1, H5T_VARIABLE};
  type.setCset(H5T_CSET_UTF8);
  return type;
}

std::vector<const char*> pointers_to(const std::vector<std::string>& values) {
  std::vector<const char*> pointers;
  for (const std::string& value : values) pointers.push_back(value.c_str());
  return pointers;
}

H5::DataSpace list_of(std::size_t size) {
  const hsize_t extent = size;
  return H5::DataSpace{1, &extent};
}

/// Without the time of its making.
H5::DSetCreatPropList timeless() {
  H5::DSetCreatPropList properties;
  H5Pset_obj_track_times(properties.getId(), false);
  return properties;
}

H5::DataSet write_list(H5::Group& group, const std::string& name, const H5::DataType& type,
                       const H5::DataType& in_memory, const void* values, std::size_t size) {
  H5::DataSet dataset = group.createDataSet(name, type, list_of(size), timeless());
  if (size != 0) dataset.write(values, in_memory);
  return dataset;
}

}  // namespace

H5::Group nexus_group(H5::Group& parent, const std::string& name, const std::string& nexus_class) {
  H5::Group group = parent.createGroup(name);
  set_attribute(group, "NX_class", nexus_class);
  return group;
}

void set_attribute(H5::H5Object& object, const std::string& name, const std::string& value) {
  object.createAttribute(name, utf8(), H5::DataSpace{H5S_SCALAR}).write(utf8(), value);
}

void set_attribute(H5::H5Object& object, const std::string& name, const std::vector<std::string>& values) {
  const std::vector<const char*> pointers = pointers_to(values);
  object.createAttribute(name, utf8(), list_of(values.size())).write(utf8(), pointers.data());
}

void set_attribute(H5::H5Object& object, const std::string& name, std::int64_t value) {
  object.createAttribute(name, H5::PredType::STD_I64LE, H5::DataSpace{H5S_SCALAR})
      .write(H5::PredType::NATIVE_INT64, &value);
}

void set_signal(H5::Group& data, const std::string& signal, const std::vector<std::string>& axes) {
  set_attribute(data, "signal", signal);
  set_attribute(data, "axes", axes);
}

H5::DataSet write_text(H5::Group& group, const std::string& name, const std::string& value) {
  H5::DataSet dataset = group.createDataSet(name, utf8(), H5::DataSpace{H5S_SCALAR}, timeless());
  dataset.write(value, utf8());
  return dataset;
}

H5::DataSet write_texts(H5::Group& group, const std::string& name, const std::vector<std::string>& values) {
  const std::vector<const char*> pointers = pointers_to(values);
  return write_list(group, name, utf8(), utf8(), pointers.data(), values.size());
}

H5::DataSet write_numbers(H5::Group& group, const std::string& name, const std::vector<double>& values) {
  return write_list(group, name, H5::PredType::IEEE_F64LE, H5::PredType::NATIVE_DOUBLE, values.data(),
                    values.size());
}

H5::DataSet write_integers(H5::Group& group, const std::string& name,
                           const std::vector<std::int64_t>& values) {
  return write_list(group, name, H5::PredType::STD_I64LE, H5::PredType::NATIVE_INT64, values.data(),
                    values.size());
}

H5::DataSet write_flags(H5::Group& group, const std::string& name, const std::vector<std::int8_t>& values) {
  return write_list(group, name, H5::PredType::STD_I8LE, H5::PredType::NATIVE_INT8, values.data(),
                    values.size());
}

GrowingMatrix::GrowingMatrix(H5::Group& group, const std::string& name, std::size_t columns)
    : columns_{columns} {
  constexpr int kCompression = 4;  // of 9: the rest costs time and saves little
  const std::array<hsize_t, 2> none{0, columns_}, any{H5S_UNLIMITED, columns_}, chunk{1, columns_};
  H5::DSetCreatPropList properties = timeless();
  properties.setChunk(2, chunk.data());
  properties.setShuffle();
  properties.setDeflate(kCompression);
  dataset_ = group.createDataSet(name, H5::PredType::IEEE_F64LE, H5::DataSpace{2, none.data(), any.data()},
                                 properties);
}

void GrowingMatrix::append(const double* row) {
  const std::array<hsize_t, 2> extent{rows_ + 1, columns_}, first{rows_, 0}, one{1, columns_};
  dataset_.extend(extent.data());
  H5::DataSpace place = dataset_.getSpace();
  place.selectHyperslab(H5S_SELECT_SET, one.data(), first.data());
  dataset_.write(row, H5::PredType::NATIVE_DOUBLE, H5::DataSpace{2, one.data()}, place);
  ++rows_;
}

}  // namespace nocturne
