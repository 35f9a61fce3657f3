FROM debian:12-slim AS build
COPY . /src
WORKDIR /src
RUN apt-get update -q && apt-get install -y -q --no-install-recommends make \
	&& tests/setup.sh build \
	&& make -j"$(nproc)" install PREFIX=/usr DESTDIR=/out

FROM debian:12-slim
RUN apt-get update -q && apt-get install -y -q --no-install-recommends \
	libgit2-1.5 libcurl4 libssl3 libjansson4 libyaml-0-2 libexpat1 libmicrohttpd12 librnp0 ca-certificates \
	&& rm -rf /var/lib/apt/lists/*
COPY --from=build /out/ /
COPY LICENSE /usr/share/doc/charter/LICENSE
USER nobody
# The journal of an apply; mount something there to keep it.
ENV XDG_STATE_HOME=/tmp/state
WORKDIR /repository
ENTRYPOINT ["/usr/bin/charter"]
