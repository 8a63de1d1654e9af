/**
 * The relay's program: it listens on the loopback that it shares with the sandbox, and carries the connections there as
 * frames (`relay-frames.ts`) over its stdin and stdout. It decides nothing, knows no key, and has no other way out.
 */
import { FRAME_KINDS, MAX_PAYLOAD_BYTES } from './relay-frames.ts';

/** The proxy's port in the sandbox: below those that the kernel gives to clients, and nobody's default. */
export const RELAY_PORT = 18_118;
/** More clients wait until one has gone. Package managers open some 15 at once. */
export const MAX_CONNECTIONS = 64;
/** How many bytes of a connection may be under way in one direction: what the slowest reader can make anyone hold. */
export const WINDOW_BYTES = 128 * 1024;

/** What the relay's container runs. Python's standard library, without anything of the site's. */
export const RELAY_COMMAND: readonly string[] = ['/usr/bin/python3', '-I', '-S', '-B', '-c', relayProgram()];

function relayProgram(): string {
  const { open, data, end, close, grant, ready } = FRAME_KINDS;
  return `
import os, selectors, socket, struct
HEAD, NUMBER = struct.Struct('>BIH'), struct.Struct('>I')
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
poll = selectors.DefaultSelector()
connections = {}

def send(kind, number, payload=b''):
    # May wait: the other side always reads, and more than the windows never comes together.
    rest = memoryview(HEAD.pack(kind, number, len(payload)) + payload)
    while rest:
        rest = rest[os.write(1, rest):]

class Connection:
    def __init__(self, number, sock):
        self.number, self.sock = number, sock
        self.window = ${WINDOW_BYTES}  # what may still be sent to the host
        self.waiting = bytearray()     # from the host, for the client
        self.taken = 0                 # by the client, not yet granted anew
        self.client_ended = self.host_ended = self.shut = False
        self.mask = 0
        sock.setblocking(False)
        connections[number] = self
        send(${open}, number)
        self.watch()

    def watch(self):
        mask = READ if self.window and not self.client_ended else 0
        if self.waiting or (self.host_ended and not self.shut):
            mask |= WRITE
        if mask == self.mask:
            return
        if not mask:
            poll.unregister(self.sock)
        elif self.mask:
            poll.modify(self.sock, mask, self)
        else:
            poll.register(self.sock, mask, self)
        self.mask = mask

    def drop(self):
        if self.mask:
            poll.unregister(self.sock)
        self.sock.close()
        del connections[self.number]
        listen()

    def ready(self, mask):
        try:
            if mask & READ:
                data = self.sock.recv(min(${MAX_PAYLOAD_BYTES}, self.window))
                self.window -= len(data)
                self.client_ended = not data
                send(${data} if data else ${end}, self.number, data)
            if mask & WRITE and self.waiting:
                count = self.sock.send(self.waiting[:65536])
                del self.waiting[:count]
                self.taken += count
                if self.taken * 2 >= ${WINDOW_BYTES}:
                    send(${grant}, self.number, NUMBER.pack(self.taken))
                    self.taken = 0
            if self.host_ended and not self.waiting and not self.shut:
                self.sock.shutdown(socket.SHUT_WR)
                self.shut = True
        except BlockingIOError:
            pass
        except OSError:
            send(${close}, self.number)
            return self.drop()
        if self.client_ended and self.shut:
            return self.drop()
        self.watch()

def frame(kind, number, payload):
    c = connections.get(number)
    if c is None:
        return  # it has gone meanwhile
    if kind == ${close}:
        return c.drop()
    if kind == ${data}:
        c.waiting += payload
    elif kind == ${grant}:
        c.window += NUMBER.unpack(payload)[0]
    elif kind == ${end}:
        c.host_ended = True
    c.watch()

def listen():
    wanted = len(connections) < ${MAX_CONNECTIONS}
    if wanted != (listener.fileno() in poll.get_map()):
        poll.register(listener, READ) if wanted else poll.unregister(listener)

listener = socket.create_server(('127.0.0.1', ${RELAY_PORT}), backlog=128)
listener.setblocking(False)
listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # accepted sockets inherit it
listen()
poll.register(0, READ)
send(${ready}, 0)
number = 0
begun = False
came = b''
while True:
    for key, mask in poll.select():
        if key.fileobj is listener:
            try:
                client, _ = listener.accept()
            except OSError:
                continue
            number += 1
            Connection(number, client)
            listen()
        elif key.data is not None:
            if connections.get(key.data.number) is key.data:
                key.data.ready(mask)
        else:
            data = os.read(0, 65536)
            if not data:
                os._exit(0)  # its owner has gone
            came += data
            if not begun:
                _, begun, came = came.partition(b'\\0')
                if not begun:
                    continue  # not from the owner
            at = 0
            while len(came) - at >= HEAD.size:
                kind, which, length = HEAD.unpack_from(came, at)
                if len(came) - at < HEAD.size + length:
                    break
                at += HEAD.size
                frame(kind, which, came[at:at + length])
                at += length
            came = came[at:]
`;
}
