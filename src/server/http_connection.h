// A connection over a socket: reads requests, hands them over, writes what comes back. Only for http_server.cpp, since
// it shows a type of Asio.
#pragma once

#include <memory>

#include <boost/asio/ip/tcp.hpp>

#include "server/http_hub.h"

namespace commandcenter::server {

// Lives on the socket's executor, which has to run one thing at a time.
std::shared_ptr<Connection> make_connection(Hub& hub, boost::asio::ip::tcp::socket socket);

}  // namespace commandcenter::server
