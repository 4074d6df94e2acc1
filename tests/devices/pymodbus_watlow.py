"""An EZ-ZONE PM's registers behind pymodbus: `tcp PORT` or `rtu PATH`, then map (1 or 2) and word order (low or high)."""

import struct
import sys

from pymodbus.datastore import ModbusServerContext, ModbusSlaveContext, ModbusSparseDataBlock
from pymodbus.server import StartSerialServer, StartTcpServer
from pymodbus.transaction import ModbusRtuFramer

FAHRENHEIT, CELSIUS, OFF, AUTO, NONE, SAVE = 30, 15, 62, 10, 61, 106
UNIT, SAVING = 2490, 2494


class Instrument(ModbusSparseDataBlock):
    """Temperatures are kept in °C and shown in the unit of the port."""

    def __init__(self, register_map, low_first):
        one = register_map == 1
        self.low_first = low_first
        self.mode = 1880 if one else 2360
        self.target = 2160 if one else 2640
        self.threshold = 1480 if one else 1880
        self.temperatures = {360: 25.3, self.target: 23.9, self.target + 12: 23.9, self.threshold: 148.9}
        self.enumerations = {362: NONE, 398: 94, self.mode: OFF, self.mode + 2: OFF, self.threshold + 16: NONE,
                             UNIT: FAHRENHEIT, SAVING: SAVE}
        self.percentages = {self.mode + 28: 0.0}
        if not one:
            self.temperatures.update({2644: -200.0, 2646: 1000.0})
            self.enumerations[2664] = 14
        self.pointers = [0] * 40
        super().__init__({0: 0})
        self.show()

    def words(self, value):
        high, low = struct.unpack(">HH", struct.pack(">f", value))
        return (low, high) if self.low_first else (high, low)

    def number(self, address):
        pair = [self.values[address], self.values[address + 1]]
        return struct.unpack(">f", struct.pack(">HH", *(reversed(pair) if self.low_first else pair)))[0]

    def show(self):
        fahrenheit = self.enumerations[UNIT] == FAHRENHEIT
        self.enumerations[self.mode + 2] = self.enumerations[self.mode]
        self.temperatures[self.target + 12] = self.temperatures[self.target]
        heating = self.enumerations[self.mode] == AUTO and self.temperatures[360] < self.temperatures[self.target]
        self.percentages[self.mode + 28] = 100.0 if heating else 0.0
        shown = {}
        for address, celsius in self.temperatures.items():
            shown[address], shown[address + 1] = self.words(1.8 * celsius + 32.0 if fahrenheit else celsius)
        for address, percent in self.percentages.items():
            shown[address], shown[address + 1] = self.words(percent)
        for address, value in self.enumerations.items():
            shown[address], shown[address + 1] = value, 0
        for i, pointer in enumerate(self.pointers):
            shown[40 + i], shown[200 + i] = pointer, shown.get(pointer, 0)
        self.values = shown

    def setValues(self, address, values, *args, **kwargs):
        super().setValues(address, values, *args, **kwargs)
        fahrenheit = self.enumerations[UNIT] == FAHRENHEIT
        for i in range(address, address + len(values)):
            if i in self.enumerations:
                self.enumerations[i] = self.values[i]
            if i - 1 in self.temperatures:
                number = self.number(i - 1)
                self.temperatures[i - 1] = (number - 32.0) / 1.8 if fahrenheit else number
            if 40 <= i < 80:
                self.pointers[i - 40] = self.values[i]
        self.show()


def serve(transport, place, register_map, word_order):
    registers = Instrument(int(register_map), word_order == "low")
    unit = ModbusSlaveContext(hr=registers, ir=registers, zero_mode=True)
    context = ModbusServerContext(slaves={1: unit}, single=False)
    if transport == "tcp":
        StartTcpServer(context=context, address=("127.0.0.1", int(place)))
    else:
        StartSerialServer(context=context, framer=ModbusRtuFramer, port=place, baudrate=9600, timeout=0.05)


if __name__ == "__main__":
    serve(*sys.argv[1:5])
