#pragma once

#include <cstdint>

/// Message types of the Ocean binary protocol, as far as they are used here.
namespace nocturne::ocean::msg {

constexpr std::uint32_t set_checksum = 0x000010;
constexpr std::uint32_t serial_number = 0x000100;
constexpr std::uint32_t product = 0x000E01;
constexpr std::uint32_t buffering = 0x100800, set_buffering = 0x100810, clear_buffer = 0x100830;
constexpr std::uint32_t buffered_spectrum = 0x100928, corrected_spectrum = 0x101000, raw_spectrum = 0x101100;
constexpr std::uint32_t saturation = 0x1010A0;
constexpr std::uint32_t exposure = 0x110000, shortest_exposure = 0x110001, longest_exposure = 0x110002;
constexpr std::uint32_t set_exposure = 0x110010;
constexpr std::uint32_t trigger = 0x110100, set_trigger = 0x110110;
constexpr std::uint32_t pixel_count = 0x110220, optically_dark = 0x110222, electrically_dark = 0x110223;
constexpr std::uint32_t lamp = 0x110400, set_lamp = 0x110410, set_shutter = 0x110610;
constexpr std::uint32_t averaged_scans = 0x120000, set_averaged_scans = 0x120010;
constexpr std::uint32_t boxcar = 0x121000, set_boxcar = 0x121010;
constexpr std::uint32_t wavelength_count = 0x180100, wavelength_coefficient = 0x180101;
constexpr std::uint32_t nonlinearity_count = 0x181100, nonlinearity_coefficient = 0x181101;
constexpr std::uint32_t set_output_enable = 0x200110;
constexpr std::uint32_t outputs = 0x200300, set_outputs = 0x200310;

}  // namespace nocturne::ocean::msg
