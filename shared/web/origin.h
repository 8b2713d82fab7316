// Posts from another site are refused: no page elsewhere can make a visitor's browser write here.
#pragma once

#include "web/request.h"

namespace web {

/// What becomes of a client that does not say where it comes from, as no browser does.
enum class Silence { accepted, refused };

/// Judges by Sec-Fetch-Site (W3C Fetch Metadata), else Origin, else Referer. A client that sends none of them, such as
/// curl, is accepted where nothing speaks for it but its own words; where a cookie does, it has to say. Throws Problem
/// 403.
void require_same_origin(const Request& request, Silence silence);

}  // namespace web
