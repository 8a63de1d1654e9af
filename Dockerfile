# The sandbox image: what an agent needs to work on most repositories. Nothing in it runs as root.
#
# Plain instructions only, so that the classic builder and BuildKit both build it, and nothing but Debian's own
# packages, so that it builds where no other registry can be reached. Drydock tags it by the hash of this file.
FROM debian:bookworm-slim

RUN printf '%s\n' force-unsafe-io 'path-exclude /usr/share/doc/*' 'path-include /usr/share/doc/*/copyright' \
      'path-exclude /usr/share/info/*' 'path-exclude /usr/share/locale/*' 'path-exclude /usr/share/man/*' > /etc/dpkg/dpkg.cfg.d/drydock \
 && apt-get -o Acquire::Languages=none update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      build-essential ca-certificates curl git nodejs npm patch procps \
      python-is-python3 python3 python3-pip python3-venv ripgrep \
 && apt-get clean \
 && rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log

# Commands run below this copy of the POSIX shell. A process whose program file it cannot read is not dumpable, so a
# command under the same user cannot open the shell's /proc/PID/fd and forge what it reports.
RUN mkdir -p /usr/local/lib/drydock \
 && cp /bin/dash /usr/local/lib/drydock/sh \
 && chmod 0111 /usr/local/lib/drydock/sh

RUN groupadd --gid 1000 agent \
 && useradd --uid 1000 --gid 1000 --create-home --shell /bin/bash agent \
 && install -d -o agent -g agent -m 0755 /workspace

USER agent
WORKDIR /workspace
CMD ["/bin/sh"]
