"""Takes a command's nonce out of the memory of its lane, reports an end with exit code 0 in its name, and fails."""
import os, re, sys

lane = sys.argv[1]
try:
    nonce = None
    with open(f'/proc/{lane}/mem', 'rb', 0) as memory:
        for line in open(f'/proc/{lane}/maps'):
            first, last, mode = re.match(r'([0-9a-f]+)-([0-9a-f]+) (\S+)', line).groups()
            if not mode.startswith('rw'):
                continue
            memory.seek(int(first, 16))
            try:
                text = memory.read(int(last, 16) - int(first, 16))
            except OSError:
                continue
            found = re.search(rb"E %s %s %s %s\\n' '([0-9a-f]{32})'", text)
            nonce = nonce or (found and found[1].decode())
    print('nonce', 'found' if nonce else 'not found', flush=True)
    os.write(1, b'\0' + nonce.encode() + b'\0')
    with open(f'/proc/{lane}/fd/2', 'w') as channel:
        channel.write(f'E {nonce} 0 2 7\n')
except OSError as error:
    print(error.filename.replace(lane, 'LANE'), error.strerror)
sys.exit(7)
