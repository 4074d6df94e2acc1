"""A Moxa ioLogik E1240's registers behind pymodbus: `tcp PORT` or `rtu PATH`. Channel 3 is at half of 4-20 mA, the wire
of channel 5 is broken."""

import sys

from pymodbus.datastore import ModbusServerContext, ModbusSlaveContext, ModbusSparseDataBlock
from pymodbus.server import StartSerialServer, StartTcpServer
from pymodbus.transaction import ModbusRtuFramer


def serve(transport, place):
    inputs = {address: 0 for address in [*range(0, 40), *range(60, 68), *range(5020, 5060)]}
    inputs.update({3: 32768, 5: 0, 65: 1, 5029: 0x0300, 5030: 0x0002})
    modes = {24 + channel: 4 for channel in range(8)}
    unit = ModbusSlaveContext(ir=ModbusSparseDataBlock(inputs), hr=ModbusSparseDataBlock(modes), zero_mode=True)
    context = ModbusServerContext(slaves={1: unit}, single=False)
    if transport == "tcp":
        StartTcpServer(context=context, address=("127.0.0.1", int(place)))
    else:
        StartSerialServer(context=context, framer=ModbusRtuFramer, port=place, baudrate=9600, timeout=0.05)


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2])
