"""A Eurotherm 3200's registers behind pymodbus: `tcp PORT`, `rtu_tcp PORT` or `rtu PATH`."""

import struct
import sys

from pymodbus.datastore import ModbusServerContext, ModbusSlaveContext, ModbusSparseDataBlock
from pymodbus.server import StartSerialServer, StartTcpServer
from pymodbus.transaction import ModbusRtuFramer

MANUAL = 1 << 4


def float_words(value):
    return list(struct.unpack(">HH", struct.pack(">f", value)))


class Instrument(ModbusSparseDataBlock):
    """One decimal place; the float region mirrors the integers; manual mode shows in the status word."""

    mirrored = (1, 2, 3, 4, 5, 13, 26, 111, 112)

    def __init__(self):
        words = {1: 253, 2: 1500, 3: 400, 4: 400, 5: 1500, 13: 9999, 26: 0, 75: 0,
                 107: 0x0123, 111: 2000, 112: 0, 273: 0, 276: 0}
        for address in self.mirrored:
            words.update(zip((0x8000 + 2 * address, 0x8001 + 2 * address), (0, 0)))
        super().__init__(words)
        self.follow()

    def setValues(self, address, values, *args, **kwargs):
        super().setValues(address, values, *args, **kwargs)
        self.follow()

    def follow(self):
        words = self.values
        manual = words[273] == 1
        words[75] = words[75] | MANUAL if manual else words[75] & ~MANUAL
        words[5] = words[26] if words[276] == 1 else words[2]
        words[4] = words[3] if manual else (1000 if words[1] < words[5] else 0)
        for address in self.mirrored:
            words[0x8000 + 2 * address], words[0x8001 + 2 * address] = float_words(words[address] / 10)


def serve(transport, place):
    registers = Instrument()
    unit = ModbusSlaveContext(hr=registers, ir=registers, zero_mode=True)
    context = ModbusServerContext(slaves={1: unit}, single=False)
    if transport == "tcp":
        StartTcpServer(context=context, address=("127.0.0.1", int(place)))
    elif transport == "rtu_tcp":
        StartTcpServer(context=context, framer=ModbusRtuFramer, address=("127.0.0.1", int(place)))
    else:
        StartSerialServer(context=context, framer=ModbusRtuFramer, port=place, baudrate=9600, timeout=0.05)


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2])
