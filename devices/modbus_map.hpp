#pragma once

#include <optional>
#include <utility>

#include "devices/modbus_unit.hpp"

namespace nocturne {

enum class NumberFormat { int16, uint16, int32, float32 };

/// One number of an instrument whose registers the bench file describes.
struct RegisterNumber {
  int first = 0;     ///< register, counted from 0
  int function = 3;  ///< 3: holding, 4: input register
  NumberFormat format = NumberFormat::int16;
  WordOrder word_order = WordOrder::high_first;
  double scale = 1.0;  ///< the quantity is what stands there times this
  double step = 0.0;   ///< to which the instrument rounds, if coarser than the format
};

/// Bits of a register that have to be as given.
struct MappedState {
  RegisterNumber number;  ///< int16 or uint16
  int good = 0;
  int mask = 0xFFFF;
};

/// A number that is known before the instrument is asked, such as a model code.
struct MappedConstant {
  RegisterNumber number;
  double value = 0.0;
};

int register_count(NumberFormat format);
/// The smallest difference that shows: the step, the scale of integers, a relative 1e-6 of floats.
double resolution(const RegisterNumber& number, double at);
double decode(const RegisterNumber& number, const Words& words);
/// The least and the largest number that decode() can give.
std::pair<double, double> range_of(const RegisterNumber& number);
/// Rounded to what the format holds; none if that cannot hold it.
std::optional<Words> encode(const RegisterNumber& number, double value);

/// The registers of one number.
Task<Words> read_words(ModbusUnit& unit, RegisterNumber number);
/// Reads one number. Throws garbled if the float there is none.
Task<double> read_number(ModbusUnit& unit, RegisterNumber number);
/// Writes one number once and returns what then stands there. Throws out_of_range, refused if something else
/// stands there.
Task<double> write_number(ModbusUnit& unit, RegisterNumber number, double value, WriteFunction function,
                          std::string what);
Task<bool> is_good(ModbusUnit& unit, MappedState state);
/// Throws refused if another number stands there.
Task<void> require_constant(ModbusUnit& unit, MappedConstant constant, std::string what);

}  // namespace nocturne
