// Posts from another site are refused: no page elsewhere can make a visitor's browser write here.
#pragma once

#include "web/request.h"

namespace web {

/// Judges by Sec-Fetch-Site (W3C Fetch Metadata), else Origin, else Referer; a client that sends none of them, such as
/// curl, is no browser and is accepted. Throws Problem 403.
void require_same_origin(const Request& request);

}  // namespace web
